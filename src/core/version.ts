/** The version of this package, as package.json has it. Copies of one version in a process share their default context. */
export const packageVersion = "0.1.0"

/** The version of libzmq that this library behaves like. Programs check it to find out what they can use. */
export const version = "4.3.5"

/** Capabilities on every platform. */
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
