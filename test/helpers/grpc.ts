import {
  Client,
  type ClientDuplexStream,
  type ClientReadableStream,
  type ClientUnaryCall,
  type ClientWritableStream,
  credentials,
  Metadata,
  type MethodDefinition,
  Server,
  ServerCredentials,
  type ServiceDefinition,
  type ServiceError,
  type UntypedServiceImplementation,
} from '@grpc/grpc-js';

const same = (bytes: Buffer): Buffer => bytes;

/** A method whose messages are bytes: no .proto is needed to see them pass. */
const method = (
  name: string,
  requestStream: boolean,
  responseStream: boolean,
): MethodDefinition<Buffer, Buffer> => ({
  path: `/sluice.test.Echo/${name}`,
  requestStream,
  responseStream,
  requestSerialize: same,
  requestDeserialize: same,
  responseSerialize: same,
  responseDeserialize: same,
});

export const ECHO = {
  unary: method('Unary', false, false),
  collect: method('Collect', true, false),
  expand: method('Expand', false, true),
  chat: method('Chat', true, true),
} as const satisfies ServiceDefinition;

const MAX_MESSAGE_BYTES = 64 * 1_048_576;
const LIMITS = {
  'grpc.max_receive_message_length': MAX_MESSAGE_BYTES,
  'grpc.max_send_message_length': MAX_MESSAGE_BYTES,
};

export type GrpcPod = { readonly port: number; readonly server: Server; close(): Promise<void> };

/** A real gRPC server on loopback. */
export const startGrpcPod = async (
  service: UntypedServiceImplementation,
  serverCredentials = ServerCredentials.createInsecure(),
): Promise<GrpcPod> => {
  const server = new Server(LIMITS);
  server.addService(ECHO, service);
  const port = await new Promise<number>((resolve, reject) => {
    server.bindAsync('127.0.0.1:0', serverCredentials, (error, bound) => {
      if (error === null) resolve(bound);
      else reject(error);
    });
  });
  return { port, server, close: async () => server.forceShutdown() };
};

/** A real gRPC client of `host`, on a channel of its own. */
export const grpcClient = (
  port: number,
  host: string,
  channel = credentials.createInsecure(),
  options = {},
): Client =>
  new Client(`127.0.0.1:${port}`, channel, {
    ...LIMITS,
    'grpc.default_authority': host,
    'grpc.use_local_subchannel_pool': 1,
    // Retries of the client's own would hide what the router does.
    'grpc.enable_retries': 0,
    ...options,
  });

export type Outcome = {
  /** Of the status: 0 is OK. */
  readonly code: number;
  readonly details: string;
  readonly messages: readonly Buffer[];
  readonly head: Metadata;
  readonly trailers: Metadata;
};

type Call = { readonly metadata?: Readonly<Record<string, string>>; readonly deadlineMs?: number };

const metadataOf = ({ metadata = {} }: Call): Metadata => {
  const made = new Metadata();
  for (const [name, value] of Object.entries(metadata)) made.set(name, value);
  return made;
};

const optionsOf = ({ deadlineMs }: Call) =>
  deadlineMs === undefined ? {} : { deadline: Date.now() + deadlineMs };

type Readable = ClientReadableStream<Buffer> | ClientDuplexStream<Buffer, Buffer>;

/** What became of a call whose answer is a stream. */
export const outcomeOf = (call: Readable): Promise<Outcome> =>
  new Promise(resolve => {
    const messages: Buffer[] = [];
    let head = new Metadata();
    call.on('metadata', (metadata: Metadata) => {
      head = metadata;
    });
    call.on('data', (message: Buffer) => messages.push(message));
    call.on('error', () => undefined);
    call.on('status', ({ code, details, metadata }: { code: number; details: string; metadata: Metadata }) =>
      resolve({ code, details, messages, head, trailers: metadata }),
    );
  });

type Answered = (error: ServiceError | null, message?: Buffer) => void;

type SingleCall = ClientUnaryCall | ClientWritableStream<Buffer>;

const single = (begin: (answered: Answered) => SingleCall) =>
  new Promise<Outcome>(resolve => {
    let head = new Metadata();
    let message: Buffer | undefined;
    const call = begin((_error, answer) => {
      message = answer;
    });
    call.on('metadata', (metadata: Metadata) => {
      head = metadata;
    });
    call.on('status', ({ code, details, metadata }: { code: number; details: string; metadata: Metadata }) =>
      // The answer's own callback comes in the same turn, before or after.
      setImmediate(() =>
        resolve({
          code,
          details,
          messages: message === undefined ? [] : [message],
          head,
          trailers: metadata,
        }),
      ),
    );
  });

export const unary = (client: Client, message: Buffer | string, call: Call = {}): Promise<Outcome> =>
  single(answered =>
    client.makeUnaryRequest(
      ECHO.unary.path,
      same,
      same,
      Buffer.from(message),
      metadataOf(call),
      optionsOf(call),
      answered,
    ),
  );

export const collect = (client: Client, messages: readonly string[], call: Call = {}): Promise<Outcome> =>
  single(answered => {
    const stream: ClientWritableStream<Buffer> = client.makeClientStreamRequest(
      ECHO.collect.path,
      same,
      same,
      metadataOf(call),
      optionsOf(call),
      answered,
    );
    for (const message of messages) stream.write(Buffer.from(message));
    stream.end();
    return stream;
  });

export const expand = (client: Client, message: string, call: Call = {}): ClientReadableStream<Buffer> =>
  client.makeServerStreamRequest(
    ECHO.expand.path,
    same,
    same,
    Buffer.from(message),
    metadataOf(call),
    optionsOf(call),
  );

export const chat = (client: Client, call: Call = {}): ClientDuplexStream<Buffer, Buffer> =>
  client.makeBidiStreamRequest(ECHO.chat.path, same, same, metadataOf(call), optionsOf(call));
