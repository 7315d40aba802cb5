import type { Client } from '@grpc/grpc-js';
import {
  credentials,
  Metadata,
  ServerCredentials,
  type ServerUnaryCall,
  type sendUnaryData,
  type UntypedServiceImplementation,
} from '@grpc/grpc-js';
import type { EngineOptions } from '../../router/engine.ts';
import type { BackendProtocol } from '../../src/core/backend-protocol.ts';
import type { RoutePolicy } from '../../src/core/route-settings.ts';
import { authorityAt, NOW_MS, servingBy } from './certificates.ts';
import { type GrpcPod, grpcClient, startGrpcPod } from './grpc.ts';
import { type OnePoolRouter, startOnePoolRouter } from './one-pool-router.ts';
import { contextsOf, FALLBACK } from './tls-certificates.ts';
import { fooTicket, host, planOf, prefix, tableOf, to, tracks } from './written-plan.ts';

type Unary = ServerUnaryCall<Buffer, Buffer>;

/** Answers every kind of call with what it was sent; `name` goes into the head, and into the trailers. */
export const echo = (name: string): UntypedServiceImplementation => {
  const headOf = (): Metadata => {
    const head = new Metadata();
    head.set('x-pod', name);
    return head;
  };
  const trailersOf = (): Metadata => {
    const trailers = new Metadata();
    trailers.set('x-trailer', name);
    trailers.set('x-data-bin', Buffer.from([0, 255, 1]));
    return trailers;
  };
  return {
    unary: (call: Unary, done: sendUnaryData<Buffer>) => {
      call.sendMetadata(headOf());
      done(null, call.request, trailersOf());
    },
    collect: (call: NodeJS.ReadableStream & Pick<Unary, 'sendMetadata'>, done: sendUnaryData<Buffer>) => {
      call.sendMetadata(headOf());
      const pieces: Buffer[] = [];
      call.on('data', (piece: Buffer) => pieces.push(piece));
      call.on('end', () => done(null, Buffer.concat(pieces), trailersOf()));
    },
    expand: (
      call: Pick<Unary, 'request' | 'sendMetadata'> & {
        write(message: Buffer): void;
        end(trailers: Metadata): void;
      },
    ) => {
      call.sendMetadata(headOf());
      for (const byte of call.request) call.write(Buffer.from([byte]));
      call.end(trailersOf());
    },
    chat: (
      call: NodeJS.ReadableStream &
        Pick<Unary, 'sendMetadata'> & { write(message: Buffer): void; end(trailers: Metadata): void },
    ) => {
      call.sendMetadata(headOf());
      call.on('data', (message: Buffer) => call.write(message));
      call.on('end', () => call.end(trailersOf()));
    },
  };
};

type Speaking = { readonly backend: BackendProtocol; readonly credentials: ServerCredentials };

const IN_CLEAR: Speaking = { backend: { kind: 'h2c' }, credentials: ServerCredentials.createInsecure() };

const secured = (): Speaking => {
  const authority = authorityAt(NOW_MS);
  const { certificate, key } = servingBy(authority, NOW_MS, ['cart.shop.svc']);
  const tls = {
    verify: true,
    ca: authority.certificate,
    serverName: 'cart.shop.svc',
    sendsName: true,
    client: null,
  };
  const pair = { cert_chain: Buffer.from(certificate), private_key: Buffer.from(key) };
  return { backend: { kind: 'tls', http: 2, tls }, credentials: ServerCredentials.createSsl(null, [pair]) };
};

export type GrpcWorld = {
  readonly router: OnePoolRouter;
  readonly client: Client;
  readonly stable: GrpcPod;
  readonly edge: GrpcPod;
};

export type GrpcOptions = {
  readonly stable?: UntypedServiceImplementation;
  readonly edge?: UntypedServiceImplementation;
  readonly options?: Partial<EngineOptions>;
  readonly policies?: readonly RoutePolicy[];
  /** True: the client and the pods speak TLS, and are verified. */
  readonly isSecured?: boolean;
};

/** A gRPC client, the router, and a pod of each track; `foo: bar` in the metadata is a ticket. What the engine called a bug comes back. */
export const inGrpcWorld = async (
  { stable = echo('stable'), edge = echo('edge'), options, policies = [], isSecured = false }: GrpcOptions,
  work: (world: GrpcWorld) => Promise<void>,
): Promise<readonly string[]> => {
  const speaking = isSecured ? secured() : IN_CLEAR;
  const pods = {
    stable: await startGrpcPod(stable, speaking.credentials),
    edge: await startGrpcPod(edge, speaking.credentials),
  };
  const plan = planOf([
    host('a.com', [
      [prefix('/'), to('cart', { ...tracks, written: fooTicket, backend: speaking.backend, policies })],
    ]),
  ]);
  const at = (port: number) => [{ address: '127.0.0.1', port, pod: null }];
  const table = tableOf({
    ...plan,
    pools: plan.pools.map(pool => ({
      ...pool,
      endpoints: at(pool.id === 'edge' ? pods.edge.port : pods.stable.port),
    })),
  });
  const router = await startOnePoolRouter([], {
    decide: request => table.decide(request),
    options: { h2c: true, ...options },
    contexts: isSecured ? contextsOf([], { protocols: ['h2', 'http/1.1'] }) : null,
  });
  const client = isSecured
    ? grpcClient(router.tlsPort, 'a.com', credentials.createSsl(Buffer.from(FALLBACK.chain)), {
        'grpc.ssl_target_name_override': 'fallback.test',
      })
    : grpcClient(router.port, 'a.com');
  try {
    await work({ router, client, ...pods });
  } finally {
    client.close();
    await router.close();
    await pods.stable.close();
    await pods.edge.close();
  }
  return router.bugs;
};
