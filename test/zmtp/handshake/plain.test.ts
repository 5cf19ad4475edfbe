import { expect } from "chai"
import { encodeText } from "../../../src/zmtp/bytes.js"
import { createMechanism } from "../../../src/zmtp/handshake/create-mechanism.js"
import { encodeMetadata } from "../../../src/zmtp/handshake/metadata.js"
import type { Mechanism } from "../../../src/zmtp/handshake/mechanism.js"
import { RefusedError } from "../../../src/zmtp/protocol-error.js"
import { hex } from "../../support/cuts.js"
import { codeOf } from "../../support/messages.js"

const PUSH = encodeMetadata([["Socket-Type", encodeText("PUSH")]])
const PULL = encodeMetadata([["Socket-Type", encodeText("PULL")]])
const HELLO = hex("0548454c4c4f 0561646d696e 06736563726574")
const WELCOME = hex("0757454c434f4d45")
const INITIATE = Buffer.concat([hex("08494e495449415445"), PUSH])
const READY = Buffer.concat([hex("055245414459"), PULL])
const ERROR = hex("054552524f52 03343030")

const CLIENT = { mechanism: "PLAIN", asServer: false } as const
const client = () =>
  createMechanism({ ...CLIENT, username: Buffer.from("admin"), password: Buffer.from("secret") }, PUSH)
const server = () => createMechanism({ mechanism: "PLAIN", asServer: true }, PULL)

/** The next command of `mechanism`, if any. */
function said(mechanism: Mechanism): string | undefined {
  const command = mechanism.produce()
  return command && Buffer.from(command).toString("hex")
}

describe("PLAIN (RFC 24)", () => {
  it("sends HELLO and INITIATE as a client, each after the server's answer", () => {
    const mechanism = client()
    expect([mechanism.name, mechanism.asServer, mechanism.box]).to.deep.equal(["PLAIN", false, undefined])
    expect([said(mechanism), said(mechanism)]).to.deep.equal([HELLO.toString("hex"), undefined])
    mechanism.consume(WELCOME)
    expect([said(mechanism), said(mechanism)]).to.deep.equal([INITIATE.toString("hex"), undefined])
    expect(mechanism.ready).to.equal(false)
    mechanism.consume(READY)
    expect([mechanism.ready, said(mechanism)]).to.deep.equal([true, undefined])
    expect(Buffer.from(mechanism.peer.get("socket-type")!).toString()).to.equal("PULL")
    mechanism.dispose()
  })

  it("sends WELCOME and READY as a server, after the peer is authenticated", () => {
    const mechanism = server()
    expect([mechanism.name, mechanism.asServer, said(mechanism)]).to.deep.equal(["PLAIN", true, undefined])
    mechanism.consume(HELLO)
    expect(said(mechanism)).to.equal(undefined)
    expect(mechanism.credentials!.map((frame) => Buffer.from(frame).toString())).to.deep.equal(["admin", "secret"])
    mechanism.accept()
    expect(mechanism.credentials).to.equal(undefined)
    expect([said(mechanism), said(mechanism)]).to.deep.equal([WELCOME.toString("hex"), undefined])
    mechanism.consume(INITIATE)
    expect(said(mechanism)).to.equal(READY.toString("hex"))
    expect([mechanism.ready, said(mechanism)]).to.deep.equal([true, undefined])
    expect(Buffer.from(mechanism.peer.get("socket-type")!).toString()).to.equal("PUSH")
    mechanism.dispose()
  })

  it("accepts usernames and passwords of 0 to 255 bytes", () => {
    for (const [username, password] of [
      ["", ""],
      ["u".repeat(255), "p".repeat(255)],
    ] as const) {
      const mechanism = server()
      const peer = createMechanism(
        { ...CLIENT, username: Buffer.from(username), password: Buffer.from(password) },
        PUSH,
      )
      mechanism.consume(peer.produce()!)
      expect(mechanism.credentials!.map((frame) => Buffer.from(frame).toString())).to.deep.equal([username, password])
    }
  })

  for (const [what, commands, code] of [
    ["another command than HELLO", [INITIATE], "ERR_ZMTP_UNEXPECTED_COMMAND"],
    ["HELLO without a name", [HELLO.subarray(0, 6)], "ERR_ZMTP_MALFORMED_COMMAND_HELLO"],
    ["HELLO without a password", [HELLO.subarray(0, 12)], "ERR_ZMTP_MALFORMED_COMMAND_HELLO"],
    ["a truncated HELLO", [HELLO.subarray(0, -1)], "ERR_ZMTP_MALFORMED_COMMAND_HELLO"],
    ["a long HELLO", [Buffer.concat([HELLO, hex("00")])], "ERR_ZMTP_MALFORMED_COMMAND_HELLO"],
    ["HELLO twice", [HELLO, HELLO], "ERR_ZMTP_UNEXPECTED_COMMAND"],
    ["a truncated INITIATE", [HELLO, INITIATE.subarray(0, -1)], "ERR_ZMTP_INVALID_METADATA"],
  ] as const) {
    it(`rejects ${what} from a client`, () => {
      const mechanism = server()
      const refused = codeOf(() => {
        for (const command of commands) {
          mechanism.consume(command)
          mechanism.accept()
          mechanism.produce()
        }
      })
      expect([refused, mechanism.ready]).to.deep.equal([code, false])
    })
  }

  for (const [what, commands, code] of [
    ["another command than WELCOME", [READY], "ERR_ZMTP_UNEXPECTED_COMMAND"],
    [
      "Malformed WELCOME command: unexpected data",
      [Buffer.concat([WELCOME, hex("00")])],
      "ERR_ZMTP_MALFORMED_COMMAND_WELCOME",
    ],
    ["WELCOME twice", [WELCOME, WELCOME], "ERR_ZMTP_UNEXPECTED_COMMAND"],
    ["a truncated READY", [WELCOME, READY.subarray(0, -1)], "ERR_ZMTP_INVALID_METADATA"],
  ] as const) {
    it(`rejects ${what} from a server`, () => {
      const mechanism = client()
      const refused = codeOf(() => {
        for (const command of commands) {
          mechanism.produce()
          mechanism.consume(command)
        }
      })
      expect([refused, mechanism.ready]).to.deep.equal([code, false])
    })
  }

  it("reports a refusal at either step", () => {
    for (const before of [[], [WELCOME]]) {
      const mechanism = client()
      mechanism.produce()
      for (const command of before) {
        mechanism.consume(command)
        mechanism.produce()
      }
      expect(() => {
        mechanism.consume(ERROR)
      }).to.throw(RefusedError, "400")
    }
  })

  it("accepts only the expected command, at any step", () => {
    const all: readonly (readonly [name: string, command: Buffer])[] = [
      ["HELLO", HELLO],
      ["WELCOME", WELCOME],
      ["INITIATE", INITIATE],
      ["READY", READY],
      ["PING", hex("0450494e470000")],
      ["nothing", hex("")],
    ]
    for (const [create, dues] of [
      [client, [undefined, "WELCOME", undefined, "READY", undefined]],
      [server, ["HELLO", undefined, "INITIATE", undefined, undefined]],
    ] as const) {
      dues.forEach((due, steps) => {
        for (const [name, command] of all) {
          if (name === due) continue
          const mechanism = create()
          for (const step of dues.slice(0, steps)) {
            if (step === undefined) {
              mechanism.accept()
              mechanism.produce()
            } else mechanism.consume(all.find(([other]) => other === step)![1])
          }
          expect(
            codeOf(() => mechanism.consume(command)),
            `${name} at step ${steps}`,
          ).to.equal("ERR_ZMTP_UNEXPECTED_COMMAND")
        }
      })
    }
  })

  it("rejects HELLO with inconsistent lengths", () => {
    for (const bytes of ["", "00", "01", "0161", "01610161 61", "ff61", "0000 00", "00ff", "000161 61", "026161"]) {
      const command = Buffer.concat([hex("0548454c4c4f"), hex(bytes)])
      expect(
        codeOf(() => server().consume(command)),
        bytes,
      ).to.equal("ERR_ZMTP_MALFORMED_COMMAND_HELLO")
    }
  })

  it("rejects any command after the handshake is complete, or when it is not the peer's turn", () => {
    const mechanism = client()
    expect(codeOf(() => mechanism.consume(WELCOME))).to.equal("ERR_ZMTP_UNEXPECTED_COMMAND")
    const peer = server()
    peer.consume(HELLO)
    expect(codeOf(() => peer.consume(INITIATE))).to.equal("ERR_ZMTP_UNEXPECTED_COMMAND")
  })
})
