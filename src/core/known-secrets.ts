/**
 * Which Secrets the objects of a translation hold. `all`: one that is not there does not exist. `granted`: those that
 * somebody has let us read. `none`: users are not looked at, since whoever translates may read no Secrets; what comes
 * of it must not be served.
 */
export type KnownSecrets = 'all' | 'granted' | 'none';
