import { expect } from "chai"
import fc from "fast-check"
import nacl from "tweetnacl"
import { Context, encodeZ85, Pull, Reply } from "../../src/index.js"
import { closing } from "../support/closing.js"
import { bodies, command, CurvePeerClient, frame, greeting, metadata } from "../support/curve-peer.js"
import { collectGarbage } from "../support/garbage.js"
import { LoopTransport } from "../support/loop-transport.js"
import { settle } from "../support/settle.js"

/** A fixed seed, so that all runs are the same. fast-check prints it for failures. */
const SEED = 26
const RUNS = 2000

/** A change to the bytes of one step. */
interface Mutation {
  readonly step: number
  readonly kind: "change" | "cut" | "add" | "repeat" | "leave out" | "replace" | "put before" | "split" | "none"
  readonly at: number
  readonly mask: number
  readonly bytes: Uint8Array
}

const mutations = (steps: number): fc.Arbitrary<Mutation> =>
  fc.record({
    step: fc.nat({ max: steps - 1 }),
    kind: fc.constantFrom(
      ...(["change", "change", "cut", "add", "repeat", "leave out", "replace", "put before", "split", "none"] as const),
    ),
    at: fc.nat(),
    mask: fc.integer({ min: 1, max: 255 }),
    bytes: fc.uint8Array({ minLength: 1, maxLength: 300 }),
  })

/** The pieces that are sent instead of `bytes`. */
function mutate({ kind, at, mask, bytes }: Mutation, true_: Buffer): Buffer[] {
  const position = at % true_.length
  const changed = Buffer.from(true_)
  if (kind === "change") changed[position]! ^= mask
  const pieces = {
    change: [changed],
    cut: [true_.subarray(0, position)],
    add: [true_, Buffer.of(mask)],
    repeat: [true_, true_],
    "leave out": [],
    replace: [Buffer.from(bytes)],
    "put before": [Buffer.from(bytes), true_],
    split: [true_.subarray(0, position), true_.subarray(position)],
    none: [true_],
  }
  return pieces[kind].filter(({ length }) => length > 0)
}

/** The expected outcome for the message that ends the script. */
type Outcome = "arrives" | "is lost" | "is up to the application"

/**
 * Bytes of the greeting that receivers ignore: the padding of the signature, the minor version, the role, and the
 * filler.
 */
const isIgnored = (position: number): boolean => (position >= 1 && position <= 11) || position >= 32

/** With CURVE, changes have no effect except to bytes that no box protects. */
function curveOutcome({ step, kind, at }: Mutation, said: Buffer): Outcome {
  if (kind === "none" || kind === "split") return "arrives"
  // The genuine message is sent before the changed data.
  if (step === 3 && (kind === "repeat" || kind === "add")) return "is up to the application"
  if (kind !== "change") return "is lost"
  const position = at % said.length
  if (step === 0) return isIgnored(position) ? "is up to the application" : "is lost"
  // A change to the flags may leave the frame equivalent, but a change to its length makes it invalid.
  const header = (said[0]! & 0x02) === 0 ? 2 : 9
  const padded = step === 1 && position >= header + 8 && position < header + 80
  return position < header || padded ? "is up to the application" : "is lost"
}

/** Without encryption, changes to messages and metadata cannot be detected. */
function plainOutcome({ step, kind, at }: Mutation, said: Buffer): Outcome {
  if (kind === "none" || kind === "split") return "arrives"
  const judged = step === 1 && kind === "change" && at % said.length >= 2
  return judged ? "is lost" : "is up to the application"
}

function nullOutcome({ kind }: Mutation): Outcome {
  return kind === "none" || kind === "split" ? "arrives" : "is up to the application"
}

describe("thousands of handshakes with random errors", function () {
  this.timeout(120_000)
  const close = closing()
  let told: string[]

  /** Binds `pull`, and records its events. */
  async function bind(pull: Pull): Promise<Pull> {
    close(pull)
    told = []
    const note = (type: string): void => void told.push(type)
    pull.events.on("handshake", ({ type }) => {
      note(type)
    })
    pull.events.on("disconnect", ({ type }) => {
      note(type)
    })
    pull.events.on("handshake:error:protocol", ({ error }) => {
      note(error.code)
    })
    pull.events.on("handshake:error:auth", ({ error }) => {
      note(`auth ${error.status}`)
    })
    pull.events.on("handshake:error:other", () => {
      note("other")
    })
    await pull.bind("loop://server")
    return pull
  }

  function receivedBy(pull: Pull): string[] {
    const received: string[] = []
    for (let message = pull.tryReceive(); message !== undefined; message = pull.tryReceive()) {
      received.push(message.join())
    }
    return received
  }

  /**
   * Runs `script` many times, each time with one of its steps changed. The last step sends the message "true". Checks
   * that each connection ends with exactly one reason, and that no session leaks.
   */
  async function attack(
    pull: Pull,
    loop: LoopTransport,
    script: () => ((heard: Buffer[]) => Buffer)[],
    steps: number,
    outcomeOf: (mutation: Mutation, said: Buffer) => Outcome,
  ): Promise<void> {
    const sessions: WeakRef<object>[] = []
    const seen = { arrived: 0, refused: 0 }
    const play = async (mutation: Mutation): Promise<void> => {
      told.length = 0
      const stream = loop.join("server")
      sessions.push(new WeakRef(stream.owner!))
      let outcome: Outcome = "is lost"
      let heard: Buffer[] = []
      for (const [index, say] of script().entries()) {
        let said: Buffer
        try {
          said = say(heard)
        } catch {
          // The server did not send what the client needs to continue.
          break
        }
        if (index === mutation.step) outcome = outcomeOf(mutation, said)
        for (const piece of index === mutation.step ? mutate(mutation, said) : [said]) {
          if (stream.state === "open") stream.say(piece)
        }
        await settle()
        const answer = stream.take()
        heard = index === 0 ? [] : bodies(answer)
      }
      const received = receivedBy(pull)
      if (outcome === "arrives") expect([...told, ...received]).to.deep.equal(["handshake", "true"])
      if (outcome === "is lost") expect(received).to.be.empty
      if (received.length > 0) {
        expect(told[0]).to.equal("handshake")
        seen.arrived++
      }
      if (stream.state === "open") {
        stream.owner!.closed(undefined)
        await settle()
      } else {
        if (stream.state === "ending") stream.finish()
        seen.refused++
      }
      expect(told).to.have.length(2)
      expect(told[0]).to.match(/^(handshake|other|auth \d00|ERR_ZMTP_[A-Z_]+)$/)
      expect(told[1]).to.equal("disconnect")
    }
    await fc.assert(fc.asyncProperty(mutations(steps), play), { numRuns: RUNS, seed: SEED })
    // Both outcomes occur often enough to be tested.
    expect(seen.arrived).to.be.greaterThan(RUNS / 20)
    expect(seen.refused).to.be.greaterThan(RUNS / 20)
    const left = (): number => sessions.filter((session) => session.deref() !== undefined).length
    // Registers and the stack may still refer to the last session.
    for (let turn = 0; turn < 20 && left() > 1; turn++) {
      await settle()
      collectGarbage()
    }
    expect(left()).to.be.lessThan(3)
  }

  const said = (...frames: Buffer[]): (() => (() => Buffer)[]) => {
    const steps = frames.map((bytes) => () => bytes)
    return () => steps
  }
  const message = frame(Buffer.from("true"), 0)

  it(`are rejected: ${RUNS} with CURVE`, async () => {
    const server = nacl.box.keyPair()
    const loop = close(new LoopTransport())
    const pull = await bind(new Pull({ curveServer: true, curveSecretKey: encodeZ85(server.secretKey) }))
    const keys = [nacl.box.keyPair(), nacl.box.keyPair()] as const
    const helloKey = nacl.box.before(server.publicKey, keys[1].secretKey)
    const script = (): ((heard: Buffer[]) => Buffer)[] => {
      const client = new CurvePeerClient(server.publicKey, ...keys, helloKey)
      return [
        () => greeting("CURVE"),
        () => frame(client.hello()),
        ([welcome]) => frame(client.takeWelcome(welcome!).initiate("PUSH")),
        () => frame(client.message(0, Buffer.from("true")), 0),
      ]
    }
    await attack(pull, loop, script, 4, curveOutcome)
  })

  it(`are rejected: ${RUNS} with PLAIN`, async () => {
    const loop = close(new LoopTransport())
    const pull = new Pull({ plainServer: true })
    pull.authenticate = ({ username, password }) => username === "admin" && password === "secret"
    const hello = frame(command("HELLO", Buffer.from("\x05admin\x06secret")))
    const script = said(greeting("PLAIN"), hello, frame(command("INITIATE", metadata("PUSH"))), message)
    await attack(await bind(pull), loop, script, 3, plainOutcome)
  })

  it(`are rejected: ${RUNS} with NULL, authenticated by a ZAP handler`, async () => {
    const loop = close(new LoopTransport())
    const context = new Context()
    const handler = close(new Reply({ context }))
    await handler.bind("inproc://zeromq.zap.01")
    const answering = (async () => {
      for await (const [, id] of handler) await handler.send(["1.0", id!, "200", "OK", "", ""])
    })()
    const pull = await bind(new Pull({ context, zapDomain: "test" }))
    const script = said(greeting("NULL"), frame(command("READY", metadata("PUSH"))), message)
    await attack(pull, loop, script, 2, nullOutcome)
    handler.close()
    await answering
  })
})
