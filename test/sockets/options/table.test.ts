import { expect } from "chai"
import * as native from "zeromq"
import * as ours from "../../../src/index.js"
import { OPTION_NAMES, TABLE, type OptionName } from "../../../src/sockets/options/settings.js"
import { optionDocs, type OptionDoc } from "../../support/option-docs.js"
import { printed } from "../../support/options-page.js"

/** Option numbers from zmq.h of libzmq 4.3.5. */
const LIBZMQ: Readonly<Record<string, number>> = {
  ...{ AFFINITY: 4, ROUTING_ID: 5, RATE: 8, RECOVERY_IVL: 9, SNDBUF: 11, RCVBUF: 12, LINGER: 17, RECONNECT_IVL: 18 },
  ...{ BACKLOG: 19, RECONNECT_IVL_MAX: 21, MAXMSGSIZE: 22, SNDHWM: 23, RCVHWM: 24, MULTICAST_HOPS: 25, RCVTIMEO: 27 },
  ...{ SNDTIMEO: 28, ROUTER_MANDATORY: 33, TCP_KEEPALIVE: 34, TCP_KEEPALIVE_CNT: 35, TCP_KEEPALIVE_IDLE: 36 },
  ...{ TCP_KEEPALIVE_INTVL: 37, TCP_ACCEPT_FILTER: 38, IMMEDIATE: 39, XPUB_VERBOSE: 40, IPV6: 42, PLAIN_SERVER: 44 },
  ...{ PLAIN_USERNAME: 45, PLAIN_PASSWORD: 46, CURVE_SERVER: 47, CURVE_PUBLICKEY: 48, CURVE_SECRETKEY: 49 },
  ...{ CURVE_SERVERKEY: 50, PROBE_ROUTER: 51, REQ_CORRELATE: 52, REQ_RELAXED: 53, CONFLATE: 54, ZAP_DOMAIN: 55 },
  ...{ ROUTER_HANDOVER: 56, TOS: 57, HANDSHAKE_IVL: 66, SOCKS_PROXY: 68, XPUB_NODROP: 69, XPUB_MANUAL: 71 },
  ...{ XPUB_WELCOME_MSG: 72, STREAM_NOTIFY: 73, INVERT_MATCHING: 74, HEARTBEAT_IVL: 75, HEARTBEAT_TTL: 76 },
  ...{ HEARTBEAT_TIMEOUT: 77, CONNECT_TIMEOUT: 79, TCP_MAXRT: 80, MULTICAST_MAXTPDU: 84, VMCI_BUFFER_SIZE: 85 },
  ...{ VMCI_BUFFER_MIN_SIZE: 86, VMCI_BUFFER_MAX_SIZE: 87, VMCI_CONNECT_TIMEOUT: 88, BINDTODEVICE: 92 },
  ...{ ZAP_ENFORCE_DOMAIN: 93, LOOPBACK_FASTPATH: 94, MULTICAST_LOOP: 96, ROUTER_NOTIFY: 97, RECONNECT_STOP: 109 },
  ...{ XPUB_MANUAL_LAST_VALUE: 98, WSS_KEY_PEM: 103, WSS_CERT_PEM: 104, WSS_TRUST_PEM: 105, WSS_HOSTNAME: 106 },
  ...{ WSS_TRUST_SYSTEM: 107, HELLO_MSG: 110, DISCONNECT_MSG: 111, HICCUP_MSG: 114 },
}

/** Properties of zeromq.js that are not options or are read-only. */
const OTHERS = [
  ...["type", "lastEndpoint", "securityMechanism", "threadSafe"],
  ...["closed", "context", "events", "readable", "writable"],
]

interface NativeOption {
  readonly type: string
  readonly name: string
  readonly id: number
  /** `Bool`, `Int32` … */
  readonly kind: string
}

/** The options of zeromq.js's classes, with the numbers that they pass to the addon. */
function nativeOptions(): NativeOption[] {
  const found: NativeOption[] = []
  for (const [type, value] of Object.entries(native)) {
    const { prototype } = value as { prototype?: object }
    if (prototype === undefined || !/^[A-Z]/.test(type) || /^(Context|Observer|Proxy)$/.test(type)) continue
    for (const [name, accessor] of Object.entries(Object.getOwnPropertyDescriptors(prototype))) {
      if (OTHERS.includes(name) || name.startsWith("gssapi") || "value" in accessor) continue
      // The accessors are written in JavaScript and call the addon through `this`, so a proxy can record the calls.
      const calls: { kind: string; id: number }[] = []
      const addon = new Proxy(
        {},
        {
          get: (_, method) => (id: number) => void calls.push({ kind: String(method).slice(3, -"Option".length), id }),
        },
      )
      if (accessor.set === undefined) accessor.get?.call(addon)
      else accessor.set.call(addon, null)
      if (typeof calls[0]?.id === "number") found.push({ type, name, ...calls[0] })
    }
  }
  return found
}

const KINDS: Readonly<Record<string, readonly string[]>> = {
  Bool: ["boolean", "none"],
  String: ["string"],
  Int32: ["int32", "uint64"],
  Uint32: ["uint32"],
  Int64: ["int64"],
  Uint64: ["uint64"],
}

describe("the table of options", () => {
  const natives = nativeOptions()
  let docs: ReadonlyMap<string, OptionDoc>

  before(function () {
    this.timeout(60_000)
    docs = optionDocs()
  })

  it("includes the options of zeromq.js", () => {
    expect(new Set(natives.map(({ name }) => name)).size).to.be.at.least(50)
  })

  for (const { type, name, id, kind } of natives) {
    it(`has ${type}#${name} of zeromq.js, with its number and kind`, () => {
      expect(OPTION_NAMES).to.include(name)
      const option = TABLE[name as OptionName]
      expect(option.id).to.equal(id)
      expect(KINDS[kind]).to.include(option.native)
      const { prototype } = ours[type as "Socket"]
      expect(name in prototype).to.equal(true)
    })
  }

  it("has unique numbers", () => {
    const ids = OPTION_NAMES.map((name) => TABLE[name].id)
    expect(new Set(ids).size).to.equal(ids.length)
  })

  it("has every option of libzmq whose constant is documented, with its number", () => {
    const documented: Record<string, number> = {}
    for (const name of OPTION_NAMES) {
      const constant = /\(ZMQ_(\w+)\)\.$/.exec(docs.get(name)!.text)?.[1]
      if (constant !== undefined) documented[constant] = TABLE[name].id
    }
    expect(documented).to.deep.equal(LIBZMQ)
  })

  it("uses numbers from 9000 on for options that libzmq does not have, and documents this", () => {
    const own = OPTION_NAMES.filter((name) => TABLE[name].id >= 9000)
    const documented = OPTION_NAMES.filter((name) => docs.get(name)!.text.endsWith("Not in libzmq."))
    expect(own).to.have.members(documented)
  })

  it("documents the default of each option", () => {
    const stated = OPTION_NAMES.map((name) => [name, /Default: ([^\s.;(]+?)[.,;]? /.exec(docs.get(name)!.text)?.[1]])
    expect(stated).to.deep.equal(OPTION_NAMES.map((name) => [name, printed(TABLE[name].initial)]))
  })

  it("documents for each option without an effect, and no other, that it has none", () => {
    const never = OPTION_NAMES.filter((name) => TABLE[name].takesEffect === "never")
    const documented = OPTION_NAMES.filter((name) =>
      /Has no effect|fails with EINVAL\. Default/.test(docs.get(name)!.text),
    )
    expect(never).to.have.members(documented)
  })
})
