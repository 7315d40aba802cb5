import test from 'ava';
import { healthPages } from '../../src/admin/health-pages.ts';

test('a check that holds is 200 and ok, one that does not is 503 and its reason', async t => {
  const pages = healthPages({ alive: () => null, ready: () => 'no plan yet' });
  const answers = await Promise.all(pages.map(async page => [page.path, await page.answer()] as const));
  const type = 'text/plain; charset=utf-8';
  t.deepEqual(answers, [
    ['/healthz', { status: 200, type, text: 'ok\n' }],
    ['/readyz', { status: 503, type, text: 'no plan yet\n' }],
  ]);
});

test('checks are made anew at every question', async t => {
  let asked = 0;
  const [alive] = healthPages({ alive: () => (++asked > 1 ? 'gone' : null), ready: () => null });
  t.is((await alive?.answer())?.status, 200);
  t.is((await alive?.answer())?.status, 503);
});

test('who is ready may have something to add, who is not has the reason alone', async t => {
  let reason: string | null = null;
  const [, ready] = healthPages({ alive: () => null, ready: () => reason, remark: () => 'leading' });
  t.like(await ready?.answer(), { status: 200, text: 'ok; leading\n' });
  reason = 'stopping';
  t.like(await ready?.answer(), { status: 503, text: 'stopping\n' });
});
