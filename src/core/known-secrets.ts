/**
 * Which Secrets the objects of a translation hold. `all`: one that is not there does not exist. `granted`: those that
 * somebody has let us read. `none`: whoever translates may read none of routes, which are not looked at, and of
 * certificates those that are there; what comes of it must not be served.
 */
export type KnownSecrets = 'all' | 'granted' | 'none';
