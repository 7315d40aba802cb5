import { annotationField, TCP } from './annotation-names.ts';
import { servicePort } from './endpoints.ts';
import type { Service } from './objects/service.ts';
import type { Problem, ProblemCode } from './problem.ts';
import { declaredPortsText, isDeclaredPort, type TcpPortOptions } from './tcp-ports.ts';

/** One entry of `sluice.dev/tcp`: `33306:3306`, `6379:redis`. */
export type TcpPortSpec = {
  /** Of the router. */
  readonly port: number;
  /** Of the Service, as its author names it. */
  readonly servicePort: number | string;
};

/** Each is a listening socket of every worker. */
export const MAX_TCP_PORTS = 64;

const SPEC = /^([1-9]\d{0,4}):(?:([1-9]\d{0,4})|([a-z0-9](?:[-a-z0-9]{0,61}[a-z0-9])?))$/;

const MAX_PORT = 65_535;

const problem = (code: ProblemCode, value: string, message: string): Problem => ({
  code,
  field: annotationField(TCP),
  value,
  message,
});

const specOf = (text: string): TcpPortSpec | undefined => {
  const [, port = '', number, name] = SPEC.exec(text) ?? [];
  const target = number === undefined ? name : Number(number);
  if (target === undefined || Number(port) > MAX_PORT || Number(target) > MAX_PORT) return undefined;
  return { port: Number(port), servicePort: target };
};

const portsInWords = ({ ports }: Service): string =>
  ports
    .map(
      ({ port, name, protocol }) =>
        `${port}${protocol === 'TCP' ? '' : `/${protocol}`}${name === '' ? '' : ` (${name})`}`,
    )
    .join(', ') || 'none';

/** What keeps one entry from being served; undefined: nothing that the Service alone tells. */
const faultOf = (
  text: string,
  spec: TcpPortSpec,
  { service, options }: { readonly service: Service; readonly options: TcpPortOptions },
): Problem | undefined => {
  if (!isDeclaredPort(spec.port, options)) {
    const declared = declaredPortsText(options);
    return problem(
      'PortNotAllowed',
      String(spec.port),
      declared === 'none'
        ? 'this installation has no TCP ports; whoever runs it declares them (--tcp-ports, --tcp-port-range).'
        : `port ${spec.port} is none of the TCP ports of this installation; use one of ${declared}, or have it declared (--tcp-ports).`,
    );
  }
  // One of type ExternalName has no ports to speak of.
  if (service.type !== 'ExternalName' && servicePort(service, spec.servicePort) === undefined) {
    return problem(
      'AnnotationInvalid',
      text,
      `the Service has no TCP port ${spec.servicePort}; its ports are: ${portsInWords(service)}. Name one of them, by number or name.`,
    );
  }
  return undefined;
};

/**
 * Reads `sluice.dev/tcp`. A bad entry is left out and named; the good ones stay (DESIGN 5, "Already stored but
 * invalid").
 */
export const readTcpPortSpecs = (
  text: string,
  world: { readonly service: Service; readonly options: TcpPortOptions },
): { readonly specs: readonly TcpPortSpec[]; readonly problems: readonly Problem[] } => {
  const specs = new Map<number, TcpPortSpec>();
  const problems: Problem[] = [];
  const entries = text.split(',').map(entry => entry.trim());
  if (entries.length > MAX_TCP_PORTS) {
    problems.push(
      problem(
        'AnnotationInvalid',
        text,
        `names ${entries.length} ports, at most ${MAX_TCP_PORTS} are opened for one Service; those after them are not looked at.`,
      ),
    );
  }
  for (const entry of entries.slice(0, MAX_TCP_PORTS)) {
    const spec = specOf(entry);
    if (spec === undefined) {
      const message =
        'must be "<port of the router>:<port of the Service, by number or name>", several with commas between, e.g. "33306:3306".';
      problems.push(problem('AnnotationInvalid', entry, message));
      continue;
    }
    const known = specs.get(spec.port);
    const fault =
      known === undefined
        ? faultOf(entry, spec, world)
        : problem(
            'AnnotationInvalid',
            entry,
            `names port ${spec.port} twice; the first of both holds. Take one of them out.`,
          );
    if (fault === undefined) specs.set(spec.port, spec);
    else problems.push(fault);
  }
  return { specs: [...specs.values()], problems };
};
