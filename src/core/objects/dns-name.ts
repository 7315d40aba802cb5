const LABEL = /^[a-z0-9](?:[-a-z0-9]*[a-z0-9])?$/;

/** True for an RFC 1123 label: the form of namespaces, Services and tracks in Kubernetes. */
export const isDnsLabel = (text: string): boolean => text.length <= 63 && LABEL.test(text);

/** True for an RFC 1123 subdomain: the form of most other names in Kubernetes, which sets no length for one label. */
export const isDnsSubdomain = (text: string): boolean =>
  text.length <= 253 && text.split('.').every(label => LABEL.test(label));
