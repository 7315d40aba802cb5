import { isRecord, isTooDeep } from './canonical-json.ts';
import { MAX_SERVICE_CONFIG_BYTES } from './service-config.ts';
import { readServiceMap, type ServiceMap } from './service-map.ts';

/**
 * The serviceMap of a stored service-config, whatever is wrong with the rest: an unknown field elsewhere must
 * not put edge pods back among the stable ones (DESIGN 6, "any stored serviceMap"). Null where there is none
 * or it cannot be read.
 */
export const storedServiceMap = (text: string): ServiceMap | null => {
  if (Buffer.byteLength(text, 'utf8') > MAX_SERVICE_CONFIG_BYTES) return null;
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return null;
  }
  if (isTooDeep(value) || !isRecord(value) || !isRecord(value.drainage)) return null;
  const read = readServiceMap(value.drainage.serviceMap, '');
  return read.ok ? read.value : null;
};
