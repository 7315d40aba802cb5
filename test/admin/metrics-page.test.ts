import test from 'ava';
import { metricsPage } from '../../src/admin/metrics-page.ts';

test('many who ask at once cost one gathering, a later one the next', async t => {
  let gathered = 0;
  const page = metricsPage({ contentType: 'text/x', metrics: async () => `nth ${++gathered}` });
  const answers = await Promise.all([page.answer(), page.answer(), page.answer()]);
  t.deepEqual(answers, Array(3).fill({ status: 200, type: 'text/x', text: 'nth 1' }));
  t.is((await page.answer()).text, 'nth 2');
});

test('after a gathering that failed the next one is tried', async t => {
  let gathered = 0;
  const metrics = async (): Promise<string> => {
    gathered += 1;
    if (gathered === 1) throw new Error('first');
    return 'fine';
  };
  const page = metricsPage({ contentType: 'text/x', metrics });
  await t.throwsAsync(async () => page.answer(), { message: 'first' });
  t.is((await page.answer()).text, 'fine');
});
