import { expect } from "chai"
import { EventEmitter } from "node:events"
import { Context, Push } from "../../../src/index.js"
import type { CustomTransport } from "../../../src/transport.js"
import { createStreams, type StreamModule } from "../../../src/transports/attached/streams.js"
import type { AnyStream } from "../../../src/transports/attached/any-stream.js"
import type { AttachmentHost } from "../../../src/transports/attached/attachment.js"
import type { ConnectionFeatures } from "../../../src/transports/authentication/connection-features.js"
import type { Runtime } from "../../../src/core/runtime/runtime.js"
import { closing } from "../../support/closing.js"
import { duplexPair } from "../../support/duplex-pair.js"
import { caught, thrown } from "../../support/receiving.js"

const FEATURES = {} as ConnectionFeatures
const RUNTIME = {} as Runtime
const HOST = {} as AttachmentHost
const transport: CustomTransport = { connect: () => duplexPair()[0] }

/** Streams whose code loads when the test says so. */
function loading(): { streams: ReturnType<typeof createStreams>; loads: () => number } {
  let loads = 0
  const load = (): Promise<StreamModule> => {
    loads++
    return Promise.reject(new Error("loaded"))
  }
  return { streams: createStreams(() => FEATURES, load), loads: () => loads }
}

describe("createStreams", () => {
  const use = closing()

  it("does not load its code for an attachment whose signal has aborted", async () => {
    const { streams, loads } = loading()
    const signal = AbortSignal.abort(new Error("no longer needed"))
    const error = await caught(streams.attach(HOST, duplexPair()[0], { signal }))
    expect([error.message, loads()]).to.deep.equal(["no longer needed", 0])
  })

  it("handles errors of the stream while its code loads, which would otherwise end the process", async () => {
    const { streams } = loading()
    const [stream] = duplexPair()
    const pair = { readable: Object.assign(new EventEmitter(), { read: () => null }), writable: new EventEmitter() }
    Object.assign(pair.writable, { write: () => true })
    const attempts = [stream, pair].map((given) =>
      caught(streams.attach(HOST, given as unknown as AnyStream, undefined)),
    )
    for (const side of [stream, pair.readable, pair.writable]) side.emit("error", new Error("reset"))
    expect((await Promise.all(attempts)).map(({ message }) => message)).to.deep.equal(["loaded", "loaded"])
  })

  it("adapts a transport for each scheme, without loading its code", () => {
    const { streams, loads } = loading()
    const adapted = streams.transports(
      { ssh: transport, "a+b.c-1": { bind: () => ({ close: () => undefined }) } },
      RUNTIME,
    )
    expect([[...adapted.keys()], loads()]).to.deep.equal([["ssh", "a+b.c-1"], 0])
  })

  for (const scheme of ["", "SSH", "1a", "a b", "inproc", "udp", "epgm"]) {
    it(`rejects the scheme "${scheme}": EINVAL`, () => {
      expect(thrown(() => loading().streams.transports({ [scheme]: transport }, RUNTIME))).to.include({
        code: "EINVAL",
        message: `Invalid scheme "${scheme}" of a transport: expected lower case letters, such as ssh, and not inproc, udp, epgm`,
      })
    })
  }

  for (const invalid of [null, {}, { connect: "tcp://127.0.0.1:1" }]) {
    it(`rejects a transport without functions: EINVAL for ${JSON.stringify(invalid)}`, () => {
      const given = { ssh: invalid as unknown as CustomTransport }
      expect(thrown(() => loading().streams.transports(given, RUNTIME))).to.include({
        code: "EINVAL",
        message: 'Invalid transport for ssh://: expected a function "connect" or "bind"',
      })
    })
  }

  it("replaces a transport of the platform in one context only", () => {
    const context = new Context({ transports: { tcp: transport } })
    const push = use(new Push({ context }))
    // Only the replacement transport accepts this address.
    push.connect("tcp://any text")
    expect(() => {
      use(new Push()).connect("tcp://any text")
    }).to.throw()
  })
})
