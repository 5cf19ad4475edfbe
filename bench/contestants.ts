/**
 * A program for one process of a measurement: this library as built, another build of it, zeromq.js, libzmq in C, the
 * libraries in Rust, Java, and Python, bare sockets, a bare loop, or idle peers.
 */
export type Program =
  | "zmtp"
  | "before"
  | "zeromq"
  | "libzmq"
  | "omq-tokio"
  | "rzmq"
  | "zmq.rs"
  | "tmq"
  | "jeromq"
  | "pyzmq"
  | "net"
  | "bare"
  | "idle"

/** The programs that run a row. */
export interface Contestant {
  readonly name: string
  readonly program: Program
  /** Roles, each in a separate process. The first one binds. */
  readonly roles: readonly string[]
  /** Program of all roles except the first, if it differs. */
  readonly visitor?: Program
  /** Replaces that of the row. */
  readonly size?: number
  readonly peers?: number
}

export const OURS = "zmtp"
export const BEFORE = "before"
export const ZEROMQ = "zeromq.js"
export const LIBZMQ = "libzmq in C"
export const OMQ = "omq-tokio"
export const RZMQ = "rzmq"
export const ZMQ_RS = "zmq.rs"
export const TMQ = "tmq"
export const JEROMQ = "JeroMQ"
export const PYZMQ = "pyzmq"
export const NET = "net.Socket"
export const BARE = "bare loop"

/** Other implementations of ZeroMQ, in the order of the columns. */
export const RIVALS = [ZEROMQ, LIBZMQ, OMQ, RZMQ, ZMQ_RS, TMQ, JEROMQ, PYZMQ] as const

/** Contestants that are measured only on request. */
export const ON_REQUEST: readonly string[] = [JEROMQ, PYZMQ]

/** This library and zeromq.js. */
export function both(roles: readonly string[], visitor?: Program): Contestant[] {
  const visited = visitor === undefined ? {} : { visitor }
  return [
    { name: OURS, program: "zmtp", roles, ...visited },
    { name: ZEROMQ, program: "zeromq", roles, ...visited },
  ]
}

/** Adds another build of this library, which runs the same roles as this one. */
export function withBefore(contestants: readonly Contestant[]): Contestant[] {
  return contestants.flatMap((contestant) =>
    contestant.name === OURS ? [contestant, { ...contestant, name: BEFORE, program: "before" }] : [contestant],
  )
}

export function libzmq(roles: readonly string[]): Contestant {
  return { name: LIBZMQ, program: "libzmq", roles }
}

/** The libraries of other languages that have a program in `peers/`. */
export function natives(roles: readonly string[], transport: string): Contestant[] {
  const rust = ([OMQ, RZMQ, ZMQ_RS, TMQ] as const).map((name) => ({ name, program: name, roles }))
  // The ipc of JeroMQ is not a Unix socket, and its program does not subscribe.
  const java =
    transport === "tcp" && !roles.includes("subs") ? [{ name: JEROMQ, program: "jeromq" as const, roles }] : []
  return [...rust, ...java, { name: PYZMQ, program: "pyzmq", roles }]
}

export function net(roles: readonly string[]): Contestant {
  return { name: NET, program: "net", roles }
}

export function bare(roles: readonly string[]): Contestant {
  return { name: BARE, program: "bare", roles }
}
