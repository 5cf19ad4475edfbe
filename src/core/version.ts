/** The version of this package in package.json. Copies of the same version in a process share their default context. */
export const packageVersion = "1.0.0"

/** The version of libzmq whose behavior this library follows. Programs check it to detect features. */
export const version = "4.3.5"

/** Features that are available on every platform. */
export const capability: Readonly<Record<string, boolean>> = {
  ipc: false,
  ws: false,
  pgm: false,
  tipc: false,
  norm: false,
  curve: false,
  gssapi: false,
  draft: false,
}
