import { expect } from "chai"
import {
  curveKeyPair,
  decodeZ85,
  encodeZ85,
  Dealer,
  Pull,
  Push,
  type Socket,
  type ZmqError,
} from "../../../src/index.js"
import { createContext } from "../../../src/sockets/context.js"
import { nodePlatform } from "../../../src/platform/node/index.js"
import { createConnectionFeatures } from "../../../src/transports/authentication/connection-features.js"
import { StreamTransport } from "../../../src/transports/stream/stream-transport.js"
import { tcpDriver } from "../../../src/transports/tcp/tcp.js"
import { closing } from "../../support/closing.js"
import { hex } from "../../support/cuts.js"
import { freeInproc } from "../../support/endpoints.js"
import { caught, texts, thrown } from "../../support/receiving.js"

const SERVER = curveKeyPair()
const CLIENT = curveKeyPair()
const OWN_KEYS = { curvePublicKey: CLIENT.publicKey, curveSecretKey: CLIENT.secretKey }
const CLIENT_KEYS = { ...OWN_KEYS, curveServerKey: SERVER.publicKey }
const PLAIN = { plainUsername: "user", plainPassword: "password" }
const KEYS = ["curvePublicKey", "curveSecretKey", "curveServerKey"] as const

const causeOf = ({ cause }: Error): string => (cause as Error).message

describe("security options", () => {
  const use = closing()
  const dealer = (options: object): Dealer => use(new Dealer({ linger: 0, ...options }))
  const read = ({ securityMechanism, plainServer, curveServer }: Socket): unknown[] => [
    securityMechanism,
    plainServer ? "plain server" : curveServer ? "curve server" : "client",
  ]

  describe("that are incomplete", () => {
    const none = "missing curveServerKey for a client, or curveServer: true for a server"
    for (const [what, options, missing] of [
      ["a server without a key", { curveServer: true }, "missing curveSecretKey"],
      ["a server with only a public key", { curveServer: true, curvePublicKey: SERVER.publicKey }, "curveSecretKey"],
      ["a client without its own keys", { curveServerKey: SERVER.publicKey }, "curvePublicKey, curveSecretKey"],
      [
        "a client without a public key",
        { curveServerKey: SERVER.publicKey, curveSecretKey: CLIENT.secretKey },
        "missing curvePublicKey",
      ],
      [
        "a client without a secret key",
        { curveServerKey: SERVER.publicKey, curvePublicKey: CLIENT.publicKey },
        "missing curveSecretKey",
      ],
      ["neither client nor server", OWN_KEYS, none],
      ["a former server", { curveSecretKey: SERVER.secretKey, curveServer: false }, none],
    ] as const) {
      it(`cause EINVAL at bind and connect, with the missing options: ${what}`, async () => {
        const socket = dealer(options)
        expect(socket.securityMechanism).to.equal("curve")
        for (const endpoint of ["tcp://127.0.0.1:*", "ws://127.0.0.1:*", "ipc://*"]) {
          const error = (await caught(socket.bind(endpoint))) as ZmqError
          expect([error.code, error.address]).to.deep.equal(["EINVAL", endpoint])
          expect(causeOf(error)).to.include(missing)
        }
        for (const endpoint of ["tcp://127.0.0.1:9", "ws://127.0.0.1:9", "ipc:///tmp/nobody"]) {
          const error = thrown(() => {
            socket.connect(endpoint)
          })
          expect([error.code, (error as ZmqError).address]).to.deep.equal(["EINVAL", endpoint])
          expect(causeOf(error)).to.include(missing)
        }
        expect(socket.lastEndpoint).to.equal(null)
      })
    }

    it("cause ENOTSUP at bind and connect if CURVE cannot be loaded, with the reason", async () => {
      const features = createConnectionFeatures(() => {
        throw new Error("no WebAssembly")
      })
      const transports = new Map([["tcp", new StreamTransport("tcp", tcpDriver(), features)]])
      const context = createContext({ ...nodePlatform, transports })
      const socket = use(new Dealer({ ...CLIENT_KEYS, context }))
      const error = (await caught(socket.bind("tcp://127.0.0.1:*"))) as ZmqError
      expect([error.code, error.address, causeOf(error)]).to.deep.equal([
        "ENOTSUP",
        "tcp://127.0.0.1:*",
        "no WebAssembly",
      ])
      expect(
        thrown(() => {
          socket.connect("tcp://127.0.0.1:9")
        }).code,
      ).to.equal("ENOTSUP")
    })

    it("do not matter over inproc, which has no security", async () => {
      const endpoint = freeInproc()
      const [pull, push] = [use(new Pull({ curveServer: true })), use(new Push({ curveServerKey: SERVER.publicKey }))]
      await pull.bind(endpoint)
      push.connect(endpoint)
      await push.send("in")
      expect(await texts(pull, 1)).to.deep.equal(["in"])
    })

    it("are complete with the keys that each side needs, whichever side binds", async () => {
      const curveServer = { curveServer: true, curveSecretKey: SERVER.secretKey }
      for (const [bound, connected] of [
        [curveServer, CLIENT_KEYS],
        [CLIENT_KEYS, curveServer],
      ]) {
        const [pull, push] = [use(new Pull(bound)), use(new Push(connected))]
        await pull.bind("tcp://127.0.0.1:*")
        push.connect(pull.lastEndpoint!)
        await push.send("in")
        expect(await texts(pull, 1)).to.deep.equal(["in"])
      }
    })
  })

  describe("keys", () => {
    it("are 32 bytes, or 40 characters of Z85: EINVAL for anything else", () => {
      const socket = dealer({})
      for (const name of KEYS) {
        for (const value of [null, "", "short", "0".repeat(39), "0".repeat(41), " ".repeat(40), "#".repeat(40)]) {
          const error = thrown(() => Object.assign(socket, { [name]: value }))
          expect([error.code, name, value]).to.deep.equal(["EINVAL", name, value])
          expect(error.cause).to.be.instanceOf(Error)
        }
        for (const length of [0, 1, 31, 33, 64]) {
          expect(thrown(() => Object.assign(socket, { [name]: Buffer.alloc(length) })).code).to.equal("EINVAL")
        }
        expect(() => Object.assign(socket, { [name]: undefined })).to.throw(TypeError)
        expect(socket.securityMechanism).to.equal(null)
      }
    })

    it("are the canonical form of an X25519 public key: EINVAL otherwise", () => {
      const socket = dealer({})
      const respelled = decodeZ85(SERVER.publicKey)
      respelled[31]! |= 0x80
      // 2^255 - 10 is congruent to 9, the base point, modulo 2^255 - 19.
      const reduced = hex(`f6${"ff".repeat(30)}7f`)
      for (const name of ["curvePublicKey", "curveServerKey"]) {
        for (const key of [respelled, reduced]) {
          for (const value of [key, encodeZ85(key)]) {
            const error = thrown(() => Object.assign(socket, { [name]: value }))
            expect([error.code, causeOf(error)]).to.deep.equal([
              "EINVAL",
              `Invalid ${name}: expected the canonical form of an X25519 public key`,
            ])
          }
        }
      }
      // Any 32 bytes are a valid secret key.
      Object.assign(socket, { curveSecretKey: respelled })
      expect(socket.curveSecretKey).to.equal(encodeZ85(respelled))
    })
  })

  describe("that are reset", () => {
    for (const [what, steps, expected] of [
      ["`plainServer: false` after keys", [CLIENT_KEYS, { plainServer: false }], ["curve", "client"]],
      [
        "`plainServer: false` after the keys of a server",
        [{ curveSecretKey: SERVER.secretKey, curveServer: true }, { plainServer: false }],
        ["curve", "curve server"],
      ],
      ["`plainServer: false` after a name and a password", [PLAIN, { plainServer: false }], ["plain", "client"]],
      ["`curveServer: false` after keys", [CLIENT_KEYS, { curveServer: false }], ["curve", "client"]],
      ["`curveServer: false` after a name and a password", [PLAIN, { curveServer: false }], ["plain", "client"]],
      [
        "`curveServer: false` after `plainServer`",
        [{ plainServer: true }, { curveServer: false }],
        ["plain", "plain server"],
      ],
      ["`plainUsername: null` after keys", [CLIENT_KEYS, { plainUsername: null }], ["curve", "client"]],
      [
        "`plainUsername: null` after `plainServer`",
        [{ plainServer: true }, { plainUsername: null }],
        ["plain", "plain server"],
      ],
      ["`plainPassword: null` after a name", [{ plainUsername: "user" }, { plainPassword: null }], ["plain", "client"]],
      [
        "`plainServer`, with keys that were set before",
        [CLIENT_KEYS, { plainServer: true }, { plainServer: false }],
        ["curve", "client"],
      ],
      [
        "a name, with the keys of a server that were set before",
        [{ curveServer: true, curveSecretKey: SERVER.secretKey }, { plainUsername: "user" }, { plainUsername: null }],
        ["curve", "curve server"],
      ],
      [
        "`curveServer`, with a name that was set before",
        [PLAIN, { curveServer: true }, { curveServer: false }],
        ["plain", "client"],
      ],
    ] as const) {
      it(`keep the security that other options require: ${what}`, () => {
        const socket = dealer({})
        for (const step of steps) Object.assign(socket, step)
        expect(read(socket)).to.deep.equal(expected)
      })
    }

    for (const [what, steps] of [
      ["plainServer", [{ plainServer: true }, { plainServer: false }]],
      ["curveServer", [{ curveServer: true }, { curveServer: false }]],
      ["name and password", [PLAIN, { plainUsername: null }, { plainPassword: null }]],
      ["password and name", [PLAIN, { plainPassword: null }, { plainUsername: null }]],
      [
        "a server and its name",
        [
          { plainUsername: "user", plainServer: true },
          { plainUsername: null, plainServer: false },
        ],
      ],
    ] as const) {
      it(`turn security off if no other option requires it: ${what}`, () => {
        const socket = dealer({})
        for (const step of steps) Object.assign(socket, step)
        expect(read(socket)).to.deep.equal([null, "client"])
        expect([socket.plainUsername, socket.plainPassword]).to.deep.equal([null, null])
      })
    }
  })

  it("select the mechanism and the role by the last of them that was set", () => {
    const socket = dealer({})
    for (const [step, expected] of [
      [PLAIN, ["plain", "client"]],
      [{ plainServer: true }, ["plain", "plain server"]],
      // The socket's own keys do not determine its role.
      [OWN_KEYS, ["curve", "curve server"]],
      [{ curveServer: true }, ["curve", "curve server"]],
      [{ curveServerKey: SERVER.publicKey }, ["curve", "client"]],
      [{ curveServer: true }, ["curve", "curve server"]],
      [{ plainPassword: "other" }, ["plain", "client"]],
    ] as const) {
      Object.assign(socket, step)
      expect(read(socket)).to.deep.equal(expected)
    }
  })
})
