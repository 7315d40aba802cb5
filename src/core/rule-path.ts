import { utf8Bytes } from './byte-string.ts';
import type { IngressPath } from './objects/ingress.ts';
import { failed, ok, type Problem, type Result, shownValue } from './problem.ts';
import { normalizePath } from './request-path.ts';
import type { PathMatch } from './route-plan.ts';
import { parsePathRegex } from './ticket/regex.ts';

const invalid = (field: string, value: string, message: string): Problem => ({
  code: 'PathInvalid',
  field,
  value,
  message,
});

const withoutTrailingSlash = (path: string): string =>
  path.length > 1 && path.endsWith('/') ? path.slice(0, -1) : path;

/**
 * What a rule's path matches, after the treatment that request paths get, so that both are compared byte for
 * byte (DESIGN 7, "Path"). A missing path of type ImplementationSpecific is `/` (v1beta1's default).
 * @returns the match, or one `PathInvalid` or `RegexInvalid`
 */
export const readRulePath = (
  { path, pathType }: IngressPath,
  { useRegex, field }: { readonly useRegex: boolean; readonly field: string },
): Result<PathMatch> => {
  const written = path === '' && pathType === 'ImplementationSpecific' ? '/' : path;
  // A regex is anchored by itself, so the "^" that people write goes.
  const absolute = `/${path.replace(/^\^\/?/, '')}`;
  if (!written.startsWith('/'))
    return failed(invalid(field, path, `must be absolute; write ${shownValue(absolute)}.`));
  if (useRegex && pathType === 'ImplementationSpecific') {
    const regex = parsePathRegex(written);
    if (regex.ok) return ok({ kind: 'regex', pattern: written });
    return failed({ code: 'RegexInvalid', field, value: path, message: `${regex.message}.` });
  }
  if (written.includes('?'))
    return failed(
      invalid(
        field,
        path,
        'holds a "?", which no request path does; write the part before it, a ticket can look at the query.',
      ),
    );
  const normal = normalizePath(utf8Bytes(written));
  if (normal === undefined) {
    return failed(
      invalid(
        field,
        path,
        'no request can have this path: use neither spaces, control bytes, "\\", "#", "%" without two hex digits, "%00" nor dot segments with ";".',
      ),
    );
  }
  // As a prefix of path elements it would lose a slash each time it is read, until it is "/", which matches every path.
  if (/^\/{2,}$/.test(normal) && pathType !== 'Exact')
    return failed(
      invalid(field, path, 'is no prefix of path elements; write "/", which matches every path.'),
    );
  return ok(
    pathType === 'Exact'
      ? { kind: 'exact', path: normal }
      : { kind: 'prefix', path: withoutTrailingSlash(normal) },
  );
};

const KIND_ORDER = { exact: 0, prefix: 1, regex: 2 } as const;

const textOf = (match: PathMatch): string => (match.kind === 'regex' ? match.pattern : match.path);

/** Order of precedence: longest first, then exact before prefix before regex (DESIGN 7). */
export const comparePathMatch = (a: PathMatch, b: PathMatch): number =>
  textOf(b).length - textOf(a).length || KIND_ORDER[a.kind] - KIND_ORDER[b.kind];

/** One text for one match, so that duplicates meet. */
export const pathIdentity = (match: PathMatch): string => JSON.stringify([match.kind, textOf(match)]);
