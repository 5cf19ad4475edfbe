/** The version of libzmq whose behaviour this library has: programs ask for it to know what they may use. */
export const version = "4.3.5"

/** What this build can do. */
export const capability: Readonly<Record<string, boolean>> = {
  ipc: true,
  pgm: false,
  tipc: false,
  norm: false,
  curve: false,
  gssapi: false,
  draft: false,
}
