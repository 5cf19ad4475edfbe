import { expect } from "chai"
import { Context, Dealer, Pull, Push, Subscriber, context, type ContextOptions } from "../../src/index.js"
import { closing } from "../support/closing.js"
import { freeInproc } from "../support/endpoints.js"
import { texts, thrown } from "../support/receiving.js"
import { inV8 } from "../support/runtime.js"

describe("Context", () => {
  const use = closing()

  it("starts with libzmq's defaults", () => {
    const { maxSockets, ipv6, blocky } = new Context()
    expect({ maxSockets, ipv6, blocky }).to.deep.equal({ maxSockets: 1023, ipv6: false, blocky: true })
  })

  it("accepts its options, and changes of them", () => {
    const own = new Context({ maxSockets: 5, ipv6: true, blocky: false })
    expect([own.maxSockets, own.ipv6, own.blocky]).to.deep.equal([5, true, false])
    Object.assign(own, { maxSockets: 6, ipv6: false, blocky: true })
    expect([own.maxSockets, own.ipv6, own.blocky]).to.deep.equal([6, false, true])
  })

  for (const options of [null, 1, "options"]) {
    it(`rejects ${String(options)} as options`, () => {
      expect(() => new Context(options as unknown as ContextOptions)).to.throw(TypeError, /^Options must be an object$/)
    })
  }

  it("rejects values of another type", () => {
    for (const value of ["1", true, null, undefined]) {
      const options = { maxSockets: value } as unknown as ContextOptions
      expect(() => new Context(options)).to.throw(TypeError, /^Option value must be a number$/)
    }
    for (const name of ["ipv6", "blocky"]) {
      for (const value of [1, "true", null, undefined]) {
        expect(() => new Context({ [name]: value })).to.throw(TypeError, /^Option value must be a boolean$/)
      }
    }
  })

  it("rejects a maximum of 0 sockets: EINVAL", () => {
    for (const maxSockets of [0, -1, NaN]) {
      expect(() => new Context({ maxSockets }))
        .to.throw()
        .that.includes({ code: "EINVAL" })
    }
  })

  it("reports which option is too small, as the cause of the error", () => {
    for (const [options, reason] of [
      [{ maxSockets: 0 }, "Invalid maxSockets 0: expected at least 1"],
      [{ ioThreads: -1 }, "Invalid ioThreads -1: expected at least 0"],
      [{ threadPriority: -1 }, "Invalid threadPriority -1: expected at least 0"],
      [{ threadSchedulingPolicy: -1 }, "Invalid threadSchedulingPolicy -1: expected at least 0"],
      [{ maxMessageSize: -1 }, "Invalid maxMessageSize -1: expected at least 0"],
      [{ dedicatedIoThreads: -1 }, "Invalid dedicatedIoThreads -1: expected at least 0"],
    ] as const) {
      const error = thrown(() => new Context(options)) as Error
      expect(error).to.include({ code: "EINVAL", message: "Invalid argument" })
      expect(error.cause).to.be.instanceOf(Error).with.property("message", reason)
    }
  })

  it("rejects unknown options", () => {
    const message = inV8("Cannot add property doesNotExist, object is not extensible")
    expect(() => new Context({ doesNotExist: 1 } as ContextOptions)).to.throw(TypeError, message)
    expect(() => Object.assign(new Context(), { doesNotExist: 1 })).to.throw(TypeError, message)
  })

  it("limits open sockets to `maxSockets`: EMFILE", () => {
    const own = new Context({ maxSockets: 3 })
    const sockets = [1, 2, 3].map(() => use(new Dealer({ context: own })))
    const expected = { code: "EMFILE", errno: 24, message: "Too many open file descriptors" }
    expect(() => new Dealer({ context: own }))
      .to.throw()
      .that.includes(expected)
    sockets[0]!.close()
    use(new Dealer({ context: own }))
    expect(() => new Dealer({ context: own }))
      .to.throw()
      .that.includes(expected)
  })

  it("does not count a socket whose construction failed", () => {
    const own = new Context({ maxSockets: 1 })
    expect(() => new Dealer({ context: own, linger: -2 })).to.throw()
    use(new Dealer({ context: own }))
  })

  it("is returned by its sockets, and the default one by others", () => {
    const own = new Context()
    expect(use(new Dealer({ context: own })).context).to.equal(own)
    expect(use(new Dealer()).context).to.equal(context)
  })

  it("applies `ipv6` to new sockets", () => {
    const own = new Context()
    const before = use(new Dealer({ context: own }))
    own.ipv6 = true
    expect([before.ipv6, use(new Dealer({ context: own })).ipv6]).to.deep.equal([false, true])
  })

  it("creates sockets with linger 0 unless it is blocky", () => {
    const own = new Context({ blocky: false })
    expect(use(new Dealer({ context: own })).linger).to.equal(0)
    own.blocky = true
    expect(use(new Dealer({ context: own })).linger).to.equal(-1)
    expect(use(new Subscriber({ context: own })).linger).to.equal(0)
  })

  it("knows only its own inproc names", async () => {
    const endpoint = freeInproc()
    const contexts = [new Context(), new Context()]
    const pulls = contexts.map((each) => use(new Pull({ context: each })))
    for (const pull of pulls) await pull.bind(endpoint)
    for (const [index, each] of contexts.entries()) {
      const push = use(new Push({ context: each }))
      push.connect(endpoint)
      await push.send(String(index))
    }
    expect(await Promise.all(pulls.map((pull) => texts(pull, 1)))).to.deep.equal([["0"], ["1"]])
  })
})
