import { X509Certificate } from 'node:crypto';
import { once } from 'node:events';
import { connect, type TLSSocket } from 'node:tls';
import { TLS_OPTIONS } from './ask.ts';
import type { ServingFiles } from './job.ts';
import { CIPHER_SUITE, SERVER_NAME } from './load/tls-settings.ts';

const TIMEOUT_MS = 2_000;

/** One handshake and one request, after which servers have sent the session that the next one may resume. */
const visit = async (port: number, session: Buffer | undefined) => {
  const socket: TLSSocket = connect({
    ...TLS_OPTIONS,
    port,
    ALPNProtocols: ['http/1.1'],
    ...(session === undefined ? {} : { session }),
  });
  const timeout = setTimeout(() => socket.destroy(), TIMEOUT_MS);
  let last: Buffer | undefined;
  let seen: { cipher: string; fingerprint: string; isResumed: boolean } | undefined;
  socket.on('session', (each: Buffer) => {
    last = each;
  });
  socket.once('secureConnect', () => {
    seen = {
      cipher: socket.getCipher().standardName,
      fingerprint: socket.getPeerX509Certificate()?.fingerprint256 ?? '',
      isResumed: socket.isSessionReused(),
    };
    socket.write(`GET / HTTP/1.1\r\nHost: ${SERVER_NAME}\r\nConnection: close\r\n\r\n`);
  });
  socket.resume();
  // Rejects on 'error', which here means: not yet.
  await once(socket, 'close').catch(() => undefined);
  clearTimeout(timeout);
  return { seen, session: last };
};

/** What is missing from the handshake that all contenders are to make; empty where it is the same one. */
export const tlsFaults = async (port: number, serving: ServingFiles): Promise<readonly string[]> => {
  const first = await visit(port, undefined);
  if (first.seen === undefined) return ['no handshake of TLS 1.3 came about'];
  const { cipher, fingerprint } = first.seen;
  const second = await visit(port, first.session);
  return [
    ...(cipher === CIPHER_SUITE ? [] : [`the cipher is ${cipher}`]),
    ...(fingerprint === new X509Certificate(serving.certificate).fingerprint256
      ? []
      : ['another certificate is served']),
    ...(second.seen?.isResumed === true ? [] : ['sessions are not resumed']),
  ];
};
