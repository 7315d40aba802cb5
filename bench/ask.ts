import { once } from 'node:events';
import { connect as connectHttp2 } from 'node:http2';
import { connect } from 'node:net';
import { connect as connectTls } from 'node:tls';
import { type Entry, isOverTls, TICKET } from './job.ts';
import { CIPHER_SUITE, GROUP, SERVER_NAME } from './load/tls-settings.ts';

export type Asked = { readonly host: string; readonly path: string; readonly isMarked?: boolean };

const TIMEOUT_MS = 2_000;

/** What the load generators offer too. The certificate is compared by whoever asks, not verified by a chain. */
export const TLS_OPTIONS = {
  host: '127.0.0.1',
  servername: SERVER_NAME,
  minVersion: 'TLSv1.3',
  ciphers: CIPHER_SUITE,
  ecdhCurve: GROUP,
  rejectUnauthorized: false,
} as const;

const requestText = ({ host, path, isMarked = false }: Asked): string =>
  `GET ${path} HTTP/1.1\r\nHost: ${host}\r\n${isMarked ? `${TICKET.name}: ${TICKET.value}\r\n` : ''}Connection: close\r\n\r\n`;

const askHttp1 = async (port: number, asked: Asked, isTls: boolean): Promise<string> => {
  const socket = isTls ? connectTls({ ...TLS_OPTIONS, port }) : connect({ port, host: '127.0.0.1' });
  const timeout = setTimeout(() => socket.destroy(), TIMEOUT_MS);
  let answer = '';
  socket.on('data', bytes => {
    answer += bytes.toString('latin1');
  });
  socket.write(requestText(asked));
  // Rejects on 'error', which here means: not yet.
  await once(socket, 'close').catch(() => undefined);
  clearTimeout(timeout);
  return answer;
};

const askHttp2 = async (
  port: number,
  { host, path, isMarked = false }: Asked,
  isTls: boolean,
): Promise<string> => {
  const session = isTls
    ? connectHttp2(`https://127.0.0.1:${port}`, { ...TLS_OPTIONS, ALPNProtocols: ['h2'] })
    : connectHttp2(`http://127.0.0.1:${port}`);
  // What there is to say about it is that no answer came.
  session.on('error', () => undefined);
  const timeout = setTimeout(() => session.destroy(), TIMEOUT_MS);
  const ticket = isMarked ? { [TICKET.name]: TICKET.value } : {};
  const stream = session.request({ ':authority': host, ':path': path, ...ticket });
  let answer = '';
  stream.on('response', fields => {
    const lines = Object.entries(fields).map(([name, value]) => `${name}: ${value}\r\n`);
    answer = `HTTP/1.1 ${fields[':status']} \r\n${lines.join('')}\r\n`;
  });
  stream.on('data', (bytes: Buffer) => {
    answer += bytes.toString('latin1');
  });
  await once(stream, 'close').catch(() => undefined);
  clearTimeout(timeout);
  session.close();
  return answer;
};

/**
 * One request on a connection of its own; all that came back in the form of HTTP/1.1, whatever it came by, or an empty
 * text.
 */
export const ask = (port: number, asked: Asked, entry: Entry = 'http'): Promise<string> =>
  entry === 'h2' || entry === 'h2c'
    ? askHttp2(port, asked, isOverTls(entry))
    : askHttp1(port, asked, isOverTls(entry));
