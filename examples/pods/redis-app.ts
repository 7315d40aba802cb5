import { createServer, type Socket } from 'node:net';
import type { DemoApp, DemoPod } from './demo-pod.ts';
import { bulkReply, errorReply, RespError, simpleReply, takeCommand } from './resp.ts';

/** More than any command of the examples; a client that sends more without an end is none. */
const MAX_COMMAND_BYTES = 65_536;
const MAX_KEYS = 1_000;

type Database = Map<string, string>;
type Command = (args: readonly string[], values: Database) => string;

const WRONG_COUNT = errorReply('wrong number of arguments');

const set: Command = ([key, value], values) => {
  if (key === undefined || value === undefined) return WRONG_COUNT;
  if (!values.has(key) && values.size >= MAX_KEYS)
    return errorReply(`no room for more than ${MAX_KEYS} keys`);
  values.set(key, value);
  return simpleReply('OK');
};

/** What `redis-cli` and a person with `nc` need to see who answers. */
const COMMANDS: Readonly<Record<string, Command>> = {
  PING: ([text]) => (text === undefined ? simpleReply('PONG') : bulkReply(text)),
  ECHO: ([text]) => (text === undefined ? WRONG_COUNT : bulkReply(text)),
  GET: ([key], values) => (key === undefined ? WRONG_COUNT : bulkReply(values.get(key))),
  SET: set,
  // An interactive redis-cli asks which commands there are; it does without them.
  COMMAND: () => '*0\r\n',
  QUIT: () => simpleReply('OK'),
};

const reply = (words: readonly string[], values: Database): string => {
  const [name = '', ...args] = words;
  const command = Object.hasOwn(COMMANDS, name.toUpperCase()) ? COMMANDS[name.toUpperCase()] : undefined;
  return command?.(args, values) ?? errorReply(`unknown command '${name}'`);
};

/** Answers every command that is complete; what is left waits for more. */
const converse = (socket: Socket, values: Database): void => {
  let received = '';
  socket.setEncoding('latin1');
  socket.on('data', (text: string) => {
    received += text;
    let at = 0;
    try {
      for (let taken = takeCommand(received, at); taken !== null; taken = takeCommand(received, at)) {
        at = taken.end;
        if (taken.words.length > 0) socket.write(reply(taken.words, values), 'latin1');
        if (taken.words[0]?.toUpperCase() === 'QUIT') socket.end();
      }
      received = received.slice(at);
      if (received.length > MAX_COMMAND_BYTES) throw new RespError('Protocol error: too long');
    } catch (error) {
      if (!(error instanceof RespError)) throw error;
      socket.end(errorReply(error.message));
    }
  });
  // Who has said all still hears the answers.
  socket.on('end', () => socket.end());
  socket.on('error', () => socket.destroy());
};

/** A small database that speaks as Redis does. Its key `version` says which pod holds it. */
export const redisApp = ({ name, app, track }: DemoPod): DemoApp => {
  const values: Database = new Map([['version', `${app} ${track} (pod ${name})`]]);
  const open = new Set<Socket>();
  const server = createServer({ allowHalfOpen: true, noDelay: true }, socket => {
    open.add(socket);
    socket.on('close', () => open.delete(socket));
    converse(socket, values);
  });
  return {
    server,
    stop: () => {
      server.close();
      for (const socket of open) socket.destroySoon();
    },
  };
};
