import fc from "fast-check"
import { createMechanism } from "../../src/zmtp/handshake/create-mechanism.js"
import type { CurveCrypto } from "../../src/zmtp/handshake/curve/crypto.js"
import { generateKeys, loadSodium } from "../../src/security/sodium.js"
import { encodeMetadata, parseMetadata } from "../../src/zmtp/handshake/metadata.js"
import type { Mechanism } from "../../src/zmtp/handshake/mechanism.js"
import { Outbox } from "../../src/zmtp/frames/outbox.js"
import type { Security } from "../../src/zmtp/handshake/security.js"
import { INSECURE } from "../support/insecure.js"
import { mutate, mutation, survives, type Mutation } from "./mutations.js"
import type { Target } from "./target.js"

/** Size of the header of a frame with up to 255 bytes. */
const SHORT_HEADER = 2

const [server, client] = [generateKeys(), generateKeys()]
const metadata = encodeMetadata([
  ["Socket-Type", Buffer.from("DEALER")],
  ["Identity", Buffer.from("me")],
])

let crypto: CurveCrypto

const SIDES: Readonly<Record<"NULL" | "PLAIN" | "CURVE", () => readonly [client: Security, server: Security]>> = {
  NULL: () => [INSECURE, { ...INSECURE, authenticates: true }],
  PLAIN: () => [
    { mechanism: "PLAIN", asServer: false, username: Buffer.from("name"), password: Buffer.from("word") },
    { mechanism: "PLAIN", asServer: true },
  ],
  CURVE: () => [
    { mechanism: "CURVE", asServer: false, ...client, serverKey: Buffer.from(server.publicKey), crypto },
    { mechanism: "CURVE", asServer: true, authenticates: true, secretKey: server.secretKey, crypto },
  ],
}

/** Call it before running the targets, because CURVE needs libsodium. */
export function prepareMechanisms(): void {
  crypto = loadSodium()
}

/**
 * Performs the handshake between two sides, and then exchanges messages. Applies the faults in `faults` to the steps
 * with these numbers.
 */
function converse(sides: readonly [Mechanism, Mechanism], faults: ReadonlyMap<number, Mutation>): void {
  let step = 0
  for (let round = 0; round < 6; round++) {
    for (const [from, to] of [sides, [sides[1], sides[0]]] as const) {
      for (let body = from.produce(); body !== undefined; body = from.produce()) {
        const fault = faults.get(step++)
        to.consume(fault === undefined ? body : mutate(body, fault))
      }
      if (from.credentials !== undefined) from.accept()
    }
  }
  for (const [from, to] of [sides, [sides[1], sides[0]]] as const) {
    if (from.box === undefined || to.box === undefined) continue
    for (const text of ["a", "b"]) {
      const outbox = new Outbox()
      from.box.seal(0, Buffer.from(text), outbox)
      const sealed = Buffer.concat(outbox.drain()).subarray(SHORT_HEADER)
      const fault = faults.get(step++)
      const body = to.box.open(fault === undefined ? sealed : mutate(sealed, fault))
      // A modified box must not decrypt to another message.
      if (Buffer.from(body).toString() !== text) throw new Error("A changed box was opened")
    }
  }
}

function target(name: keyof typeof SIDES, weight: number): Target {
  return {
    name: `both sides of ${name}, with faults between them`,
    weight,
    property: () =>
      fc.property(fc.array(fc.tuple(fc.nat(8), mutation), { maxLength: 3 }), (faults) => {
        const [near, far] = SIDES[name]().map((security) => createMechanism(security, metadata)) as [
          Mechanism,
          Mechanism,
        ]
        const whole = survives(() => {
          converse([near, far], new Map(faults))
        })
        if (whole && faults.length === 0 && !(near.ready && far.ready)) throw new Error("The handshake has not ended")
      }),
  }
}

export const mechanisms: readonly Target[] = [
  target("NULL", 5),
  target("PLAIN", 5),
  target("CURVE", 5),
  ...(["NULL", "PLAIN", "CURVE"] as const).map((name): Target => ({
    name: `a side of ${name} and any commands`,
    weight: 3,
    property: () =>
      fc.property(fc.nat(1), fc.array(fc.uint8Array({ maxLength: 200 }), { maxLength: 4 }), (side, bodies) => {
        const mechanism = createMechanism(SIDES[name]()[side]!, metadata)
        survives(() => {
          for (const body of bodies) {
            mechanism.produce()
            mechanism.consume(Buffer.from(body))
          }
        })
      }),
  })),
  {
    name: "properties, with faults",
    weight: 5,
    property: () =>
      fc.property(fc.array(mutation, { maxLength: 3 }), fc.uint8Array({ maxLength: 60 }), (faults, more) => {
        survives(() => parseMetadata(faults.reduce(mutate, Buffer.concat([metadata, more]))))
      }),
  },
]
