import { expect } from "chai"
import { Dealer, Pair, Pull, Push, Router, Subscriber, XPublisher, type Socket } from "../../src/index.js"
import * as zmq from "../../src/v5/constants.js"
import { options, readOption, subscriberOf, writeOption } from "../../src/v5/options.js"
import { closing } from "../support/closing.js"
import { thrown } from "../support/receiving.js"

describe("options of zeromq.js 5", () => {
  const use = closing()

  for (const [option, property, value, read] of [
    [zmq.ZMQ_LINGER, "linger", 5, 5],
    [zmq.ZMQ_SNDHWM, "sendHighWaterMark", 7, 7],
    [zmq.ZMQ_CONNECT_TIMEOUT, "connectTimeout", 9, 9],
    [zmq.ZMQ_IPV6, "ipv6", true, 1],
    [zmq.ZMQ_IPV6, "ipv6", 0, 0],
    [zmq.ZMQ_PLAIN_USERNAME, "plainUsername", "me", "me"],
    ["linger", "linger", 5, 5],
    ["heartbeat_ivl", "heartbeatInterval", 11, 11],
  ] as const) {
    it(`are properties of version 6: ${String(option)} is ${property}`, () => {
      const socket = use(new Push())
      writeOption(socket, option, value)
      expect(Reflect.get(socket, property)).to.equal(
        typeof read === "number" && property === "ipv6" ? read === 1 : read,
      )
      expect(readOption(socket, option)).to.equal(read)
    })
  }

  it("include the inverse of ipv6, which is a boolean as in zeromq.js", () => {
    const socket = use(new Push())
    expect(readOption(socket, zmq.ZMQ_IPV4ONLY)).to.equal(true)
    writeOption(socket, zmq.ZMQ_IPV4ONLY, 0)
    expect([socket.ipv6, readOption(socket, zmq.ZMQ_IPV4ONLY)]).to.deep.equal([true, false])
  })

  it("include what can only be read: type, endpoint, mechanism, and whether messages can be sent or received", async () => {
    const pull = use(new Pull())
    await pull.bind("tcp://127.0.0.1:*")
    expect([readOption(pull, zmq.ZMQ_TYPE), readOption(pull, "last_endpoint")]).to.deep.equal([7, pull.lastEndpoint])
    const push = use(new Push())
    expect(readOption(push, zmq.ZMQ_EVENTS)).to.equal(0)
    push.connect(pull.lastEndpoint!)
    expect(readOption(push, zmq.ZMQ_EVENTS)).to.equal(zmq.ZMQ_POLLOUT)
    await push.send("x")
    await pull.receive()
    expect(readOption(push, "mechanism")).to.equal(0)
    push.plainUsername = "me"
    expect(readOption(push, zmq.ZMQ_MECHANISM)).to.equal(1)
    expect(thrown(() => writeOption(push, zmq.ZMQ_TYPE, 1)).message).to.equal("Unknown option")
  })

  it("include the subscriptions of a sub, and reject them for other sockets", () => {
    const sub = use(new Subscriber())
    writeOption(sub, zmq.ZMQ_SUBSCRIBE, "a")
    writeOption(sub, "_unsubscribe", "a")
    expect(subscriberOf(sub)).to.equal(sub)
    expect(thrown(() => writeOption(use(new Pull()), "_subscribe", "a")).message).to.equal("Subscriber socket required")
    expect(thrown(() => readOption(sub, zmq.ZMQ_SUBSCRIBE)).message).to.equal("Unknown option")
  })

  describe("identities", () => {
    it("are routing ids of sockets that have them", () => {
      const dealer = use(new Dealer())
      writeOption(dealer, "identity", "me")
      expect([dealer.routingId, readOption(dealer, zmq.ZMQ_IDENTITY)]).to.deep.equal(["me", "me"])
    })

    it("can be stored in other sockets, which do not send them", () => {
      const [one, other] = [use(new Pair()), use(new Pair())]
      writeOption(one, "identity", Buffer.from("é"))
      expect([readOption(one, "identity"), readOption(other, "identity")]).to.deep.equal(["é", undefined])
    })

    it("have 1 to 255 bytes", () => {
      const pair = use(new Pair())
      writeOption(pair, "identity", "x".repeat(255))
      for (const wrong of ["", "x".repeat(256), "é".repeat(128)]) {
        expect(thrown(() => writeOption(pair, "identity", wrong)).code, String(wrong.length)).to.equal("EINVAL")
      }
      expect(thrown(() => writeOption(pair, "identity", 7))).to.include({
        message: "Identity must be a string or buffer",
      })
    })
  })

  it("set verbosity, which cannot be read", () => {
    const xpub = use(new XPublisher())
    writeOption(xpub, zmq.ZMQ_XPUB_VERBOSE, 1)
    writeOption(xpub, zmq.ZMQ_XPUB_VERBOSE, 0)
    expect(thrown(() => readOption(xpub, zmq.ZMQ_XPUB_VERBOSE)).message).to.match(/not supported/)
  })

  it("reject an option that the socket type does not have", () => {
    expect(() => {
      writeOption(use(new Push()), zmq.ZMQ_ROUTER_MANDATORY, 1)
    }).to.throw()
    const router = use(new Router())
    writeOption(router, zmq.ZMQ_ROUTER_MANDATORY, 1)
    expect(router.mandatory).to.equal(true)
  })

  for (const option of [zmq.ZMQ_FD, zmq.ZMQ_RCVMORE, zmq.ZMQ_ROUTER_RAW]) {
    it(`report those that are not supported: ${option}`, () => {
      expect(thrown(() => readOption(use(new Push()), option)).message).to.match(
        /^ZMQ_\w+ is not supported in compatibility mode$/,
      )
    })
  }

  it("reject unknown numbers and names, including those that every object has", () => {
    const socket: Socket = use(new Push())
    for (const option of [9999, "nothing", "toString", "constructor"]) {
      expect(thrown(() => readOption(socket, option)).message).to.equal("Unknown option")
      expect(thrown(() => writeOption(socket, option, 1)).message).to.equal("Unknown option")
    }
  })

  it("have short names for numbers that can be read or set", () => {
    for (const [name, number] of Object.entries(options)) {
      expect(number, name).to.be.a("number")
      const socket = use(new Subscriber())
      const errors = [() => readOption(socket, name), () => writeOption(socket, name, undefined)].map((attempt) => {
        try {
          attempt()
          return undefined
        } catch (error) {
          return (error as Error).message
        }
      })
      expect(
        errors.every((message) => message === "Unknown option"),
        name,
      ).to.equal(false)
    }
  })
})
