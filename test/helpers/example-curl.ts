import { once } from 'node:events';
import { request } from 'node:http';

/** What the words behind `curl` ask for, as far as the documents use it. */
type Asked = {
  readonly url: URL;
  readonly headers: Readonly<Record<string, string>>;
  /** The address that it is sent from. */
  readonly from: string;
};

const askedBy = (args: readonly string[]): Asked => {
  const headers: Record<string, string> = {};
  let from = '127.0.0.1';
  const flags: Readonly<Record<string, (value: string) => void>> = {
    '-b': value => {
      headers.Cookie = value;
    },
    '-H': value => {
      const colon = value.indexOf(':');
      headers[value.slice(0, colon)] = value.slice(colon + 1).trim();
    },
    '--interface': value => {
      from = value;
    },
  };
  const words = [...args];
  const urls: string[] = [];
  for (let word = words.shift(); word !== undefined; word = words.shift()) {
    const flag = flags[word];
    if (flag !== undefined) flag(words.shift() ?? '');
    else if (word.startsWith('-')) throw new Error(`nobody knows curl's ${word} here`);
    else urls.push(word);
  }
  return { url: new URL(urls.join(' ')), headers, from };
};

/** The answer to `curl ARGS`, as curl prints it; `portOf` says where a port of the documents really is. */
export const curl = async (args: readonly string[], portOf: (shown: number) => number): Promise<string> => {
  const { url, headers, from } = askedBy(args);
  const sent = request({
    host: '127.0.0.1',
    localAddress: from,
    port: portOf(Number(url.port)),
    path: url.pathname + url.search,
    headers,
    agent: false,
  });
  sent.end();
  const [answer] = await once(sent, 'response');
  let body = '';
  for await (const chunk of answer) body += chunk;
  return body;
};
