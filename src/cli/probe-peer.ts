import { randomBytes } from "node:crypto"
import { connect } from "node:net"
import { curveKeyPair, decodeZ85 } from "../index.js"
import {
  createEngine,
  encodeCommand,
  encodeMetadata,
  FLAG_COMMAND,
  FrameDecoder,
  GREETING_SIZE,
  GreetingReader,
  negotiatesMechanism,
  loadCurve,
  parseCommand,
  parseMetadata,
  ProtocolError,
  RefusedError,
  SOCKET_TYPE_NAMES,
  type Security,
  type SocketTypeName,
} from "../protocol.js"
import { addressOf } from "./dump/tee.js"
import { Ended, NoAnswerError, ProbeConnection } from "./probe-connection.js"

export interface Findings {
  readonly version: string
  /** `undefined` before ZMTP 3.0, which has no mechanisms. */
  readonly mechanism: string | undefined
  /** `undefined` if it is unknown. */
  readonly socketType: string | undefined
  readonly unauthenticated: "accepted" | "rejected" | "unknown"
  /** The reason for the result, if it is not obvious. */
  readonly reason?: string
}

export interface ProbeOptions {
  /** Time limit for each answer, in ms. */
  readonly timeout: number
  /** The server's public key for CURVE, in Z85. */
  readonly serverKey: string | undefined
  readonly signal: AbortSignal
}

/** Signature and version, which a peer answers with its complete greeting (RFC 37, "Version Negotiation"). */
const GREETING_START = Uint8Array.of(0xff, 0, 0, 0, 0, 0, 0, 0, 1, 0x7f, 3, 1)

/** The rest of the greeting, with the mechanism NULL. */
const GREETING_REST = Uint8Array.from(
  { length: GREETING_SIZE - 12 },
  (_, index) => [0x4e, 0x55, 0x4c, 0x4c][index] ?? 0,
)

/** Time to wait for READY from a NULL server before the probe sends its own READY, in ms. */
const UNTIL_CLAIM = 500

/** Maximum size of an answer, in bytes: that of a handshake command. */
const MAX_ANSWER = 64 * 1024

/** Offset of the socket type in greetings of ZMTP 2.0 (RFC 15). */
const LEGACY_TYPE = 11

/**
 * Socket types that a probe announces, one after another, to learn the type of a PLAIN or CURVE server, which sends it
 * only to compatible peers. Servers send nothing to peers of these types without a request. They would send messages to
 * PULL, DEALER, REP, and PAIR, and a probe must not take messages that are meant for others.
 */
const CLAIMS: readonly SocketTypeName[] = ["REQ", "SUB", "PUSH", "PUB"]

/**
 * Determines what listens on `endpoint`, without knowing any credentials.
 * @throws UsageError for an endpoint that cannot be probed; Error if no peer answers, or if it does not use ZMTP.
 */
export async function probePeer(endpoint: string, options: ProbeOptions): Promise<Findings> {
  const address = addressOf(endpoint)
  const open = (): Promise<ProbeConnection> => ProbeConnection.open(connect(address), options.timeout, options.signal)
  const connection = await open()
  try {
    const { greeting, bytes, rest } = await greet(connection)
    const { version, mechanism } = greeting
    // Data that does not begin like a greeting may be the routing id of a ZMTP 1.0 peer: a frame without flags.
    if (version === "unversioned" && bytes[1] !== 0) throw new Error("The response is not ZMTP")
    if (!negotiatesMechanism(version)) {
      const socketType = version === "2.0" ? SOCKET_TYPE_NAMES[bytes[LEGACY_TYPE]!] : undefined
      return { version: version!, mechanism: undefined, socketType, ...accepted("this version has no security") }
    }
    const known = { version: version!, mechanism, socketType: undefined }
    switch (mechanism) {
      case "NULL":
        return { ...known, ...(await probeNull(connection, rest)) }
      case "PLAIN":
        return { ...known, ...(await probeSocketTypes(open, randomPlainCredentials())) }
      case "CURVE":
        return { ...known, ...(await probeCurve(open, options.serverKey)) }
      default:
        return { ...known, ...unknown("this mechanism is not supported") }
    }
  } finally {
    connection.close()
  }
}

type Answer = Pick<Findings, "unauthenticated" | "reason"> & { readonly socketType?: string | undefined }

const accepted = (reason?: string): Answer => ({
  unauthenticated: "accepted",
  ...(reason === undefined ? {} : { reason }),
})
const rejected = (reason: string): Answer => ({ unauthenticated: "rejected", reason })
const unknown = (reason: string): Answer => ({ unauthenticated: "unknown", reason })

/** Exchanges greetings. Returns the peer's greeting, and the data after it. */
async function greet(
  connection: ProbeConnection,
): Promise<{ greeting: GreetingReader; bytes: Buffer; rest: Uint8Array }> {
  connection.write(GREETING_START)
  const greeting = new GreetingReader()
  let bytes: Buffer = Buffer.alloc(0)
  try {
    for (;;) {
      const chunk = await connection.read()
      bytes = Buffer.concat([bytes, chunk])
      const rest = greeting.push(chunk)
      if (rest !== undefined) return { greeting, bytes, rest }
    }
  } catch (error) {
    if (error instanceof ProtocolError) throw new Error("The response is not ZMTP", { cause: error })
    if (error instanceof Ended) throw new Error("The connection was closed before a greeting", { cause: error })
    throw error
  }
}

/**
 * Determines the socket type of a NULL server, which sends READY to peers that it accepts. The probe does not answer,
 * so that it receives no messages. Only a ROUTER may wait for the peer's READY first, because it needs its routing id.
 * In this case, the probe announces REQ, because it receives no messages without a request.
 */
async function probeNull(connection: ProbeConnection, rest: Uint8Array): Promise<Answer> {
  connection.write(GREETING_REST)
  const decoder = new FrameDecoder()
  decoder.limit = MAX_ANSWER
  let claimed = false as boolean
  const next = async (): Promise<Uint8Array> => {
    if (claimed) return connection.read()
    try {
      return await connection.read(UNTIL_CLAIM)
    } catch (error) {
      if (!(error instanceof NoAnswerError)) throw error
      claimed = true
      connection.write(readyOf("REQ"))
      return connection.read()
    }
  }
  try {
    for (let chunk = rest; ; chunk = await next()) {
      decoder.push(chunk)
      if (!decoder.next()) continue
      const command = parseCommand(decoder.body)
      if (command?.name === "ERROR") return rejected(reasonOf(command.data))
      if (command?.name !== "READY") return unknown("it did not send READY")
      const type = parseMetadata(command.data).get("socket-type")
      return { ...accepted(), socketType: type === undefined ? undefined : Buffer.from(type).toString() }
    }
  } catch (error) {
    if (!(error instanceof Ended)) return inconclusive(error)
    // It may also have closed the connection because of the socket type.
    return claimed ? unknown("it closes the connection of a REQ") : rejected("it closes the connection")
  }
}

/** Encodes a READY command (RFC 37) as a short frame. */
function readyOf(socketType: SocketTypeName): Uint8Array {
  const body = encodeCommand("READY", encodeMetadata([["Socket-Type", Buffer.from(socketType)]]))
  return Buffer.concat([Uint8Array.of(FLAG_COMMAND, body.length), body])
}

async function probeCurve(open: () => Promise<ProbeConnection>, serverKey: string | undefined): Promise<Answer> {
  if (serverKey === undefined) return unknown("requires the server's public key: see --curve-server-key")
  const { publicKey, secretKey } = curveKeyPair()
  const keys = { publicKey: decodeZ85(publicKey), secretKey: decodeZ85(secretKey), serverKey: decodeZ85(serverKey) }
  return probeSocketTypes(open, { mechanism: "CURVE", asServer: false, ...keys, crypto: await loadCurve() })
}

function randomPlainCredentials(): Security {
  const username = Buffer.from(`zmtp-probe-${randomBytes(8).toString("hex")}`)
  return { mechanism: "PLAIN", asServer: false, username, password: Buffer.from(randomBytes(8).toString("hex")) }
}

/** Announces the socket types in turn, each over a new connection, until one is accepted. */
async function probeSocketTypes(open: () => Promise<ProbeConnection>, security: Security): Promise<Answer> {
  let welcomed = false
  for (const claim of CLAIMS) {
    const connection = await open()
    const said = new Set<string>()
    try {
      return { ...accepted(), socketType: await shake(connection, claim, security, said) }
    } catch (error) {
      if (error instanceof RefusedError && error.status !== undefined) return rejected(`it answers ${error.reason}`)
      welcomed ||= said.has("WELCOME")
      if (error instanceof NoAnswerError) return inconclusive(error)
      if (!welcomed) {
        return security.mechanism === "PLAIN"
          ? rejected("it closes the connection")
          : unknown("it does not accept this server key")
      }
      // It may have closed the connection because of the socket type.
    } finally {
      connection.close()
    }
  }
  // PLAIN authenticates a peer before it sends WELCOME, CURVE afterward.
  const reason = `it is not compatible with ${CLAIMS.join(", ")}, and other types could receive messages that are meant for others`
  return security.mechanism === "PLAIN" ? accepted(`socket type: ${reason}`) : unknown(reason)
}

/**
 * Performs the handshake of a client. Returns the server's socket type.
 * @param said Receives the names of the server's commands.
 */
async function shake(
  connection: ProbeConnection,
  socketType: SocketTypeName,
  security: Security,
  said: Set<string>,
): Promise<string | undefined> {
  const engine = createEngine({ socketType, security })
  const flush = (): void => {
    for (const piece of engine.drain()) connection.write(piece)
  }
  const greeting = new GreetingReader()
  const decoder = new FrameDecoder()
  decoder.limit = MAX_ANSWER
  let greeted = false
  const watch = (chunk: Buffer): void => {
    const rest = greeted ? chunk : greeting.push(chunk)
    if (rest === undefined) return
    greeted = true
    decoder.push(rest)
    while (decoder.next()) said.add(parseCommand(decoder.body)?.name ?? "")
  }
  try {
    engine.start()
    flush()
    for (;;) {
      const chunk = await connection.read()
      // Copy the chunk, because the engine decrypts in place.
      watch(Buffer.from(chunk))
      engine.push(chunk)
      const done = engine.handshake()
      flush()
      if (done) return engine.peer.socketType === "" ? undefined : engine.peer.socketType
    }
  } finally {
    engine.close()
  }
}

function inconclusive(error: unknown): Answer {
  if (error instanceof Error) return unknown(error.message)
  throw error
}

/** Formats the reason of an ERROR command (RFC 37), which is preceded by its length. */
function reasonOf(data: Uint8Array): string {
  return `it answers ${Buffer.from(data.subarray(1, 1 + (data[0] ?? 0))).toString()}`
}
