// The core: pipes, connections, and the runtime that they need, in three folders. Outside of these: errors, counters, and
// data structures that every folder above zmtp/ may use.

/** An operation that failed. `code` is as in Node's errors; `address` is the endpoint concerned, if any. */
export interface ZmqError extends Error {
  /** Number of the code, as on Linux. */
  readonly errno: number
  /** Code of the error, such as `"EADDRINUSE"`. */
  readonly code: ZmqErrorCode
  /** The endpoint concerned. */
  readonly address?: string
}

/** Error codes of this library. System errors have further codes. */
export type ZmqErrorCode = keyof typeof ERRORS | (string & {})

/** Details of an error. */
export interface ZmqErrorDetail {
  /** The endpoint, as it was passed. */
  readonly address?: string | undefined
  /** Replaces the default message of the code. */
  readonly message?: string
  /** The error that led to this one. */
  readonly cause?: unknown
}

/** Creates the error for `code`. `errno`, `code`, and `address` are own enumerable properties, in this order. */
export function zmqError(code: ZmqErrorCode, detail: ZmqErrorDetail = {}): ZmqError {
  const known = errors[code]
  const text = detail.message ?? known?.[1] ?? code
  const error = detail.cause === undefined ? new Error(text) : new Error(text, { cause: detail.cause })
  return Object.assign(error, {
    errno: known?.[0] ?? systemErrno(detail.cause),
    code,
    ...(detail.address === undefined ? {} : { address: detail.address }),
  })
}

/** Creates the error for an invalid endpoint. The message is that of zeromq.js; `cause` contains the reason. */
export function endpointError(code: ZmqErrorCode, endpoint: string, reason: string): ZmqError {
  return withCaller(() =>
    zmqError(code, {
      address: endpoint,
      cause: new Error(`Invalid endpoint ${JSON.stringify(endpoint)}: ${reason}`),
    }),
  )
}

/** Number of this library's stack frames between a call by the application and the endpoint parser. */
const OWN_FRAMES = 10

/**
 * Creates an error whose stack trace is long enough to include the application's call, which follows this library's own
 * frames.
 */
function withCaller<T extends Error>(create: () => T): T {
  const { stackTraceLimit } = Error
  // The limit exists in V8. It is 0 in programs without stack traces, and cannot be set if `Error` is frozen.
  if (!(stackTraceLimit > 0)) return create()
  Reflect.set(Error, "stackTraceLimit", stackTraceLimit + OWN_FRAMES)
  try {
    return create()
  } finally {
    Reflect.set(Error, "stackTraceLimit", stackTraceLimit)
  }
}

/** Creates the error for a failed system call, with its code. System errors may come from another realm. */
export function systemError(cause: unknown, address?: string): ZmqError {
  const { code } = (cause ?? {}) as { code?: unknown }
  return zmqError(typeof code === "string" ? code : "EINVAL", { address, cause })
}

/** Formats a thrown value of any type. Converting it to text may fail, too. */
export function describe(thrown: unknown): string {
  try {
    return String(thrown)
  } catch {
    return "a value that cannot be converted to text"
  }
}

/** The class of an object, or the type of any other value, for error messages. */
export function kindOf(value: unknown): string {
  if (value === null) return "null"
  if (typeof value !== "object") return typeof value
  try {
    const { constructor } = value as { readonly constructor?: { readonly name?: unknown } | null }
    const name = constructor?.name
    if (typeof name === "string" && name !== "") return name
  } catch {
    // A window of another origin shows nothing.
  }
  return "object"
}

function systemErrno(cause: unknown): number {
  const { errno } = (cause ?? {}) as { errno?: unknown }
  return typeof errno === "number" ? Math.abs(errno) : 0
}

/** Numbers are those of Linux, where the system defines the code. libzmq's own numbers start at 156384712. */
const ERRORS = {
  ENOENT: [2, "No such endpoint"],
  EBADF: [9, "Socket is closed"],
  EAGAIN: [11, "Operation was not possible or timed out"],
  ENOMEM: [12, "Cannot allocate memory"],
  EACCES: [13, "Permission denied"],
  EFAULT: [14, "Context is closed"],
  EBUSY: [16, "Socket is busy"],
  ENODEV: [19, "No such device"],
  EINVAL: [22, "Invalid argument"],
  EMFILE: [24, "Too many open file descriptors"],
  EPIPE: [32, "Broken pipe"],
  ENAMETOOLONG: [36, "File name too long"],
  ENOTSOCK: [88, "Socket operation on non-socket"],
  EMSGSIZE: [90, "Message too long"],
  EPROTONOSUPPORT: [93, "Protocol not supported"],
  ENOTSUP: [95, "Operation not supported"],
  EAFNOSUPPORT: [97, "Address family not supported by protocol"],
  EADDRINUSE: [98, "Address already in use"],
  EADDRNOTAVAIL: [99, "Cannot assign requested address"],
  ECONNABORTED: [103, "Software caused connection abort"],
  ECONNRESET: [104, "Connection reset by peer"],
  ETIMEDOUT: [110, "Connection timed out"],
  ECONNREFUSED: [111, "Connection refused"],
  EHOSTUNREACH: [113, "Host unreachable"],
  ENOTRECOVERABLE: [131, "State not recoverable"],
  EFSM: [156384763, "Operation cannot be accomplished in current state"],
  ENOCOMPATPROTO: [156384764, "The protocol is not compatible with the socket type"],
  ETERM: [156384765, "Context was terminated"],
  EMTHREAD: [156384766, "No thread available"],
} as const satisfies Readonly<Record<string, readonly [errno: number, message: string]>>

const errors: Readonly<Record<string, readonly [errno: number, message: string] | undefined>> = ERRORS

/** The peer closed the connection during authentication. It may have rejected the credentials of this side. */
export class HangUpError extends Error {
  override readonly name = "HangUpError"
  readonly code = "EPIPE"

  constructor(mechanism: string) {
    super(`The peer closed the connection during the ${mechanism} handshake; it may have rejected the credentials`)
  }
}
