import type { Secret } from '../objects/secret.ts';
import type { BasicAuth, PasswordUser } from '../route-settings.ts';
import type { AnnotationReader } from './annotation-reader.ts';
import { checkedHashKind } from './password-hash-kind.ts';

export const AUTH_ANNOTATIONS = [
  'auth-type',
  'auth-secret',
  'auth-secret-type',
  'auth-realm',
  'satisfy',
] as const;

/** What annotations say of authentication; whose password is what stands in the Secret. */
export type WrittenBasicAuth = {
  /** Null: the Ingress' own namespace. */
  readonly namespace: string | null;
  readonly secret: string;
  /** `auth-file`: the key `auth` holds an htpasswd file; `auth-map`: each key is a user, its value the hash. */
  readonly secretType: 'auth-file' | 'auth-map';
  readonly realm: string;
  /** True: an allowed address needs no password, and a password no allowed address. */
  readonly satisfiedByAny: boolean;
};

const DEFAULT_REALM = 'Authentication Required';

const realmAt = (reader: AnnotationReader): string => {
  const realm = reader.text('auth-realm');
  if (realm === undefined) return DEFAULT_REALM;
  if (/^[ !#-[\]-~]{1,256}$/.test(realm)) return realm;
  reader.refuse('auth-realm', 'must be one line of visible ASCII without \'"\' and "\\".');
  return DEFAULT_REALM;
};

const choiceAt = <T extends string>(
  name: string,
  choices: readonly [T, ...T[]],
  reader: AnnotationReader,
): T => {
  const text = reader.text(name);
  const choice = choices.find(known => known === text);
  if (text !== undefined && choice === undefined)
    reader.close(name, `must be ${choices.map(known => `"${known}"`).join(' or ')}.`);
  return choice ?? choices[0];
};

/** Null where nobody asked for it; whatever is wrong closes the route. */
export const readBasicAuth = (reader: AnnotationReader): WrittenBasicAuth | null => {
  const type = reader.text('auth-type');
  const written = reader.text('auth-secret');
  const secretType = choiceAt('auth-secret-type', ['auth-file', 'auth-map'], reader);
  const satisfiedByAny = choiceAt('satisfy', ['all', 'any'], reader) === 'any';
  const realm = realmAt(reader);
  if (type === undefined && written === undefined) return null;
  const [, namespace = null, secret] = /^(?:([a-z0-9-]+)\/)?([a-z0-9.-]+)$/.exec(written ?? '') ?? [];
  if (type !== 'basic')
    reader.close(
      type === undefined ? 'auth-secret' : 'auth-type',
      'needs auth-type: "basic" beside it; no other type is known, digest included.',
    );
  else if (written === undefined)
    reader.close('auth-type', 'needs auth-secret, the name of the Secret that holds users and passwords.');
  else if (secret === undefined)
    reader.close('auth-secret', "must be the name of a Secret in the Ingress' own namespace.");
  return { namespace, secret: secret ?? '', secretType, realm, satisfiedByAny };
};

const textOf = (base64: string): string => Buffer.from(base64, 'base64').toString('utf8');

const linesOf = (file: string): readonly (readonly [name: string, hash: string])[] =>
  file
    .split('\n')
    .map(line => line.trim())
    .filter(line => line !== '' && !line.startsWith('#'))
    .map(line => {
      const [name = '', hash = ''] = line.split(':');
      return [name, hash];
    });

export type FoundUsers =
  /** `warnings`: users that cannot get in, one sentence each; no hash is ever repeated. */
  | { readonly ok: true; readonly auth: BasicAuth; readonly warnings: readonly string[] }
  | { readonly ok: false; readonly reason: string };

/** Stands for users that nobody looks at: nobody gets in, and nothing is wrong. */
export const unknownUsers = ({ realm, satisfiedByAny }: WrittenBasicAuth): FoundUsers => ({
  ok: true,
  auth: { realm, satisfiedByAny, users: [] },
  warnings: [],
});

/** The users of a Secret. Without a single one that could get in the route is closed, which the reason says. */
export const findUsers = (
  { secret: name, secretType, realm, satisfiedByAny }: WrittenBasicAuth,
  secret: Secret | undefined,
): FoundUsers => {
  if (secret === undefined) return { ok: false, reason: `Secret "${name}" does not exist` };
  const file = secret.data.auth;
  if (secretType === 'auth-file' && file === undefined)
    return { ok: false, reason: `Secret "${name}" has no key "auth"` };
  const entries =
    secretType === 'auth-file'
      ? linesOf(textOf(file ?? ''))
      : Object.entries(secret.data).map(([user, hash]) => [user, textOf(hash).trim()] as const);
  const users: PasswordUser[] = [];
  const warnings: string[] = [];
  const seen = new Set<string>();
  for (const [user, hash] of entries) {
    // As in nginx, the first line of a user counts, also where nobody gets in by it.
    if (seen.has(user)) continue;
    seen.add(user);
    const checked = checkedHashKind(hash);
    const reason = user === '' ? 'the name is empty' : checked.ok ? undefined : `the hash ${checked.reason}`;
    if (reason === undefined) users.push({ name: user, hash });
    else warnings.push(`user ${JSON.stringify(user)} of Secret "${name}" cannot get in: ${reason}`);
  }
  if (users.length === 0)
    return { ok: false, reason: `Secret "${name}" holds no user whose password can be checked` };
  const sorted = users.sort((a, b) => (a.name < b.name ? -1 : 1));
  return { ok: true, auth: { realm, satisfiedByAny, users: sorted }, warnings };
};
