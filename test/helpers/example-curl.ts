import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { request } from 'node:http';
import { connect } from 'node:http2';
import { request as requestTls } from 'node:https';

/** Where an example really is. */
export type Whereabouts = {
  portOf(shown: number): number;
  /** A file that the documents name by its path in the checkout. */
  fileOf(shown: string): string;
};

/** What the words behind `curl` ask for, as far as the documents use it. */
type Asked = {
  readonly url: URL;
  readonly headers: Readonly<Record<string, string>>;
  /** The address that it is sent from. */
  readonly from: string;
  /** The file of what is trusted. */
  readonly cacert: string;
  readonly isHttp1: boolean;
  /** What is printed behind the answer. */
  readonly ending: string;
};

/** Flags that say what happens here anyway: every name is this machine. */
const IGNORED = { '--resolve': 1, '--http2': 0 } as const;

const askedBy = (args: readonly string[]): Asked => {
  const headers: Record<string, string> = {};
  const values: Record<string, string> = { '--interface': '127.0.0.1', '--cacert': '', '-w': '' };
  let isHttp1 = false;
  const words = [...args];
  const urls: string[] = [];
  for (let word = words.shift(); word !== undefined; word = words.shift()) {
    if (word in IGNORED) words.splice(0, IGNORED[word as keyof typeof IGNORED]);
    else if (word in values) values[word] = words.shift() ?? '';
    else if (word === '--http1.1') isHttp1 = true;
    else if (word === '-b') headers.Cookie = words.shift() ?? '';
    else if (word === '-H') {
      const [name = '', ...value] = (words.shift() ?? '').split(':');
      headers[name] = value.join(':').trim();
    } else if (word.startsWith('-')) throw new Error(`nobody knows curl's ${word} here`);
    else urls.push(word);
  }
  const { '--interface': from = '', '--cacert': cacert = '', '-w': ending = '' } = values;
  return { url: new URL(urls.join(' ')), headers, from, cacert, isHttp1, ending };
};

const HOST = '127.0.0.1';

const textOf = async (stream: AsyncIterable<unknown>): Promise<string> => {
  let text = '';
  for await (const chunk of stream) text += String(chunk);
  return text;
};

const byHttp1 = async (asked: Asked, { portOf, fileOf }: Whereabouts): Promise<string> => {
  const { url, headers, from, cacert } = asked;
  const options = {
    host: HOST,
    localAddress: from,
    port: portOf(Number(url.port)),
    path: url.pathname + url.search,
    headers: { host: url.host, ...headers },
    agent: false,
  };
  const sent =
    url.protocol === 'http:'
      ? request(options)
      : requestTls({ ...options, servername: url.hostname, ca: await readFile(fileOf(cacert)) });
  sent.end();
  const [answer] = await once(sent, 'response');
  return textOf(answer);
};

const byHttp2 = async (asked: Asked, { portOf, fileOf }: Whereabouts): Promise<string> => {
  const { url, headers, cacert } = asked;
  const origin = `https://${HOST}:${portOf(Number(url.port))}`;
  const session = connect(origin, { servername: url.hostname, ca: await readFile(fileOf(cacert)) });
  const lower = Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value]);
  const stream = session.request({
    ...Object.fromEntries(lower),
    ':authority': url.host,
    ':path': url.pathname + url.search,
  });
  const failed = once(session, 'error').then(([error]) => Promise.reject(error));
  const text = await Promise.race([textOf(stream), failed]);
  session.close();
  return text;
};

/** The answer to `curl ARGS`, as curl prints it. */
export const curl = async (args: readonly string[], where: Whereabouts): Promise<string> => {
  const asked = askedBy(args);
  const isHttp2 = asked.url.protocol === 'https:' && !asked.isHttp1;
  const text = await (isHttp2 ? byHttp2 : byHttp1)(asked, where);
  return text + asked.ending.replaceAll('%{http_version}', isHttp2 ? '2' : '1.1').replaceAll('\\n', '\n');
};
