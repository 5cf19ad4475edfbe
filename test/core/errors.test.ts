import { expect } from "chai"
import { inspect } from "node:util"
import { runInNewContext } from "node:vm"
import { Radio } from "../../src/draft.js"
import { Pair, Request } from "../../src/index.js"
import { kindOf, systemError, zmqError } from "../../src/core/errors.js"
import { closing } from "../support/closing.js"
import { caught } from "../support/receiving.js"

/** Returns the error that `action` throws while stack traces are limited to `frames`. Mocha removes the limit. */
function withLimit(frames: number, action: () => unknown): Error {
  const before = Error.stackTraceLimit
  Error.stackTraceLimit = frames
  try {
    action()
  } catch (error) {
    expect(Error.stackTraceLimit).to.equal(frames)
    return error as Error
  } finally {
    Error.stackTraceLimit = before
  }
  throw new Error("Expected an error")
}

describe("errors", () => {
  const use = closing()

  // The numbers and messages that zeromq.js uses on Linux.
  const table: [code: string, errno: number, message: string][] = [
    ["EAGAIN", 11, "Operation was not possible or timed out"],
    ["EBADF", 9, "Socket is closed"],
    ["EBUSY", 16, "Socket is busy"],
    ["EINVAL", 22, "Invalid argument"],
    ["ENOENT", 2, "No such endpoint"],
    ["EADDRINUSE", 98, "Address already in use"],
    ["EMFILE", 24, "Too many open file descriptors"],
    ["EFAULT", 14, "Context is closed"],
    ["EPROTONOSUPPORT", 93, "Protocol not supported"],
    ["EHOSTUNREACH", 113, "Host unreachable"],
    ["EFSM", 156384763, "Operation cannot be accomplished in current state"],
    ["ENOCOMPATPROTO", 156384764, "The protocol is not compatible with the socket type"],
    ["ETERM", 156384765, "Context was terminated"],
    ["EMTHREAD", 156384766, "No thread available"],
    ["ENOTSUP", 95, "Operation not supported"],
    ["ENOTSOCK", 88, "Socket operation on non-socket"],
    ["ENODEV", 19, "No such device"],
    ["EADDRNOTAVAIL", 99, "Cannot assign requested address"],
    ["EAFNOSUPPORT", 97, "Address family not supported by protocol"],
    ["EPIPE", 32, "Broken pipe"],
    ["EACCES", 13, "Permission denied"],
  ]
  for (const [code, errno, message] of table) {
    it(`define ${code} as ${errno}, "${message}"`, () => {
      const error = zmqError(code)
      expect(error).to.be.instanceOf(Error)
      expect([error.code, error.errno, error.message]).to.deep.equal([code, errno, message])
    })
  }

  it("have `errno`, `code`, and `address` as own keys, in this order", async () => {
    expect(Object.keys(await caught(use(new Pair()).bind("foo")))).to.deep.equal(["errno", "code", "address"])
  })

  it("have no address if no endpoint is concerned", async () => {
    const request = use(new Request({ receiveTimeout: 0 }))
    expect(Object.keys(await caught(request.receive()))).to.deep.equal(["errno", "code"])
  })

  it("have a cause only if there is one", () => {
    expect("cause" in zmqError("EINVAL")).to.equal(false)
    expect(zmqError("EINVAL", { cause: "reason" }).cause).to.equal("reason")
  })

  it("keep the code, number, and cause of a system error that is not in the table", () => {
    const cause = Object.assign(new Error("too many links"), { code: "EMLINK", errno: -31 })
    expect(systemError(cause, "ipc://x")).to.include({ code: "EMLINK", errno: 31, address: "ipc://x", cause })
  })

  it("have the number 0 if neither the table nor the system error has one", () => {
    expect(systemError(Object.assign(new Error("odd"), { code: "EODD" }))).to.include({ code: "EODD", errno: 0 })
  })

  it("use EINVAL for a failure without a code", () => {
    expect(systemError("odd")).to.include({ code: "EINVAL", errno: 22 })
  })

  for (const [endpoint, type] of [
    ["tcp://127.0.0.1", Pair],
    ["ipc://", Pair],
    ["inproc://", Pair],
    ["ws://", Pair],
    ["udp://127.0.0.1", Radio],
  ] as const) {
    it(`show which line of the application has used the invalid endpoint ${endpoint}`, () => {
      const socket = use(new type())
      const error = withLimit(10, function applicationCode() {
        socket.connect(endpoint)
      }) as Error & { cause: Error }
      for (const { stack } of [error, error.cause]) expect(stack).to.include("applicationCode")
    })
  }

  it("of invalid endpoints have no stack trace if the application wants none", () => {
    const socket = use(new Pair())
    const { stack } = withLimit(0, () => socket.connect("tcp://127.0.0.1"))
    expect(stack).to.equal("Error: Invalid argument")
  })

  for (const [value, kind] of [
    [undefined, "undefined"],
    [null, "null"],
    [5n, "bigint"],
    ["text", "string"],
    [() => undefined, "function"],
    [[], "Array"],
    [new AbortController(), "AbortController"],
    [new (class extends Map {})(), "object"],
    [Object.create(null), "object"],
    [{ constructor: null }, "object"],
    [runInNewContext("new Map()"), "Map"],
  ] as const) {
    it(`describe ${inspect(value)} as ${kind}`, () => {
      expect(kindOf(value)).to.equal(kind)
    })
  }
})
