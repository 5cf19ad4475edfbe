import { expect } from "chai"
import { Dealer, Pull, Push, Stream } from "../../src/index.js"
import { Radio } from "../../src/draft.js"
import { closing } from "../support/closing.js"
import { caught } from "../support/receiving.js"

/** Endpoints, and the reasons for which `bind` and `connect` reject them. */
const REASONS: readonly (readonly [endpoint: string, bind: string | undefined, connect: string | undefined])[] = [
  ["localhost:5555", "EINVAL missing scheme, such as tcp://", "EINVAL missing scheme, such as tcp://"],
  ["://x", "EINVAL missing scheme, such as tcp://", "EINVAL missing scheme, such as tcp://"],
  ["tcp://", "EINVAL missing address after ://", "EINVAL missing address after ://"],
  ["tcp://a\0b:1", "EINVAL it contains a zero byte", "EINVAL it contains a zero byte"],
  ["tcp://127.0.0.1", "EINVAL missing port", "EINVAL missing port"],
  ["tcp://[::1]", "EINVAL missing port", "EINVAL missing port"],
  ["tcp://127.0.0.1:", "EINVAL missing port: expected 0 to 65535", "EINVAL missing port: expected 0 to 65535"],
  [
    "tcp://127.0.0.1:70000",
    'EINVAL invalid port "70000": expected 0 to 65535',
    'EINVAL invalid port "70000": expected 0 to 65535',
  ],
  [
    "tcp://127.0.0.1:http",
    'EINVAL invalid port "http": expected 0 to 65535',
    'EINVAL invalid port "http": expected 0 to 65535',
  ],
  ["tcp://127.0.0.1:*", undefined, "EINVAL port * is valid only for bind"],
  ["tcp://*:5555", undefined, "EINVAL host * is valid only for bind"],
  ["tcp://:5555", "ENODEV missing host", "EINVAL missing host"],
  ["tcp://a b:5555", undefined, "EINVAL expected a host and a port, as in 127.0.0.1:5555"],
  [
    "tcp://[::1]:5555",
    "ENODEV an IPv6 address requires the option ipv6: true",
    "EAFNOSUPPORT an IPv6 address requires the option ipv6: true",
  ],
  ["tcp://[::1]:0;127.0.0.1:5555", undefined, "EAFNOSUPPORT an IPv6 address requires the option ipv6: true"],
  ["ws://[::1]:5555", undefined, "EAFNOSUPPORT an IPv6 address requires the option ipv6: true"],
  ["ws://127.0.0.1:1/#x", undefined, "EINVAL it contains a fragment (#)"],
  ["ws://127.0.0.1:1/?x", "EINVAL a path to bind cannot contain ? or #", undefined],
  ["ipc://@", "EINVAL missing name after @", "EINVAL missing name after @"],
  [
    "foo://bar",
    'EPROTONOSUPPORT unknown scheme "foo": expected one of inproc, tcp, ipc, ws, wss, udp, epgm',
    'EPROTONOSUPPORT unknown scheme "foo": expected one of inproc, tcp, ipc, ws, wss, udp, epgm',
  ],
  [
    "udp://127.0.0.1:5555",
    "ENOCOMPATPROTO DEALER sockets cannot use udp://",
    "ENOCOMPATPROTO DEALER sockets cannot use udp://",
  ],
]

describe("the reason why an endpoint cannot be used", () => {
  const use = closing()

  for (const [endpoint, bind, connect] of REASONS) {
    it(`is the cause of the error: ${JSON.stringify(endpoint)}`, async () => {
      const dealer = use(new Dealer())
      const calls: [string | undefined, () => unknown][] = [
        [connect, () => dealer.connect(endpoint)],
        [bind, () => dealer.bind(endpoint)],
        [bind, () => dealer.bindSync(endpoint)],
      ]
      for (const [expected, call] of calls) {
        if (expected === undefined) continue
        const error = await caught(Promise.resolve().then(call))
        expect(error).to.include({ address: endpoint })
        const { message } = error.cause as Error
        const prefix = `Invalid endpoint ${JSON.stringify(endpoint)}: `
        // Other tests add transports, so ignore those at the end of the list.
        expect(`${error.code} ${message.replace(prefix, "").replace(/(?<=, epgm).*/, "")}`).to.equal(expected)
        expect(message.startsWith(prefix)).to.equal(true)
      }
    })
  }

  it("contains the length of a path that is too long", async () => {
    const push = use(new Push())
    const { cause, ...error } = await caught(push.bind(`ipc:///${"x".repeat(200)}`))
    expect(error).to.include({ code: "ENAMETOOLONG" })
    expect((cause as Error).message).to.match(/its path of 201 bytes exceeds the system's limit of 10[37]$/)
  })

  it("names an address or interface that this machine does not have", async () => {
    const pull = use(new Pull())
    const { cause } = await caught(pull.bind("tcp://nowhere.invalid:*"))
    expect((cause as Error).message).to.contain(
      '"nowhere.invalid" is not an address, interface, or name of this machine',
    )
    expect((cause as Error).cause).to.have.property("code")
  })

  it("lists the endpoints of a socket if the one to unbind or disconnect is unknown", async () => {
    const pull = use(new Pull())
    const nothing = await caught(pull.unbind("tcp://127.0.0.1:1"))
    expect(nothing).to.include({ code: "ENOENT", message: "No such endpoint" })
    expect((nothing.cause as Error).message).to.contain("the endpoints of this socket are: none")
    await pull.bind("inproc://bound-here")
    pull.connect("tcp://127.0.0.1:1")
    expect(() => {
      pull.disconnect("tcp://127.0.0.1:2")
    })
      .to.throw()
      .with.nested.property("cause.message")
      .that.contains("the endpoints of this socket are: inproc://bound-here, tcp://127.0.0.1:1")
  })

  it("distinguishes unknown schemes from those that the socket type does not support", () => {
    expect(() => {
      use(new Stream()).connect("ws://127.0.0.1:1")
    })
      .to.throw()
      .with.nested.property("cause.message")
      .that.contains("STREAM sockets cannot use ws://")
    expect(() => {
      use(new Radio()).connect("udp://[::1]:5555")
    })
      .to.throw()
      .with.nested.property("cause.message")
      .that.contains("an IPv6 address requires the option ipv6: true")
  })

  it("does not exist with `ipv6`, unless addresses of both families are combined", () => {
    const push = use(new Push({ ipv6: true }))
    push.connect("tcp://[::1]:1")
    push.connect("ws://[::1]:1")
    expect(() => {
      push.connect("tcp://127.0.0.1:0;[::1]:1")
    })
      .to.throw()
      .with.nested.property("cause.message")
      .that.contains("it combines an IPv4 and an IPv6 address")
  })

  it("does not exist for an address that a SOCKS proxy reaches", () => {
    const push = use(new Push({ socksProxy: "127.0.0.1:1" }))
    push.connect("tcp://[::1]:1")
  })
})
