import type { PipeOwner } from "../../core/pipe.js"
import { zmqError } from "../../core/errors.js"
import type { Inproc } from "../inproc/inproc.js"
import { decodeText, EMPTY, encodeText, type Frame, type Multipart } from "../../zmtp/bytes.js"
import type { Credentials } from "../../zmtp/engine.js"
import { parseMetadata } from "../../zmtp/handshake/metadata.js"
import type { Peer } from "../../zmtp/peer.js"
import { ProtocolError, type ProtocolErrorCode } from "../../zmtp/protocol-error.js"
import type { Status, Verdict } from "../../zmtp/handshake/security.js"

/** Who wants in (RFC 27, "The ZAP Request"). */
export interface AuthenticationRequest {
  readonly mechanism: "NULL" | "PLAIN" | "CURVE"
  /** The socket's `zapDomain`. */
  readonly domain: string
  /** IP address of the peer; `localhost` over ipc. */
  readonly address: string
  /** PLAIN only. */
  readonly username?: string
  readonly password?: string
  /** CURVE only: the peer's permanent key, 32 bytes. */
  readonly publicKey?: Uint8Array
  /** Fires when the peer leaves, or has waited for too long: nobody needs the verdict any more. */
  readonly signal: AbortSignal
}

/** A verdict that says more than yes or no. */
export interface AuthenticationVerdict {
  readonly status: boolean | Status
  /** Who the peer is, for `peer.userId`. */
  readonly userId?: string
  /** What else is known of it, for `peer.metadata`. */
  readonly metadata?: Readonly<Record<string, string | Uint8Array>>
}

/** Authenticates a peer: true or 200 accepts it, false or 400 rejects it, 300 asks it to retry later, 500 is an error. */
export type Authenticator = (request: AuthenticationRequest) => Answer | Promise<Answer>

type Answer = boolean | Status | AuthenticationVerdict

/** Runs `task` when it is its turn. @returns What it returns. */
export type Run = (task: (gone: AbortSignal) => Promise<Verdict>) => Promise<Verdict>

/** The request, as the engine and the socket know it. */
export interface Question extends Credentials {
  readonly domain: Frame
  readonly address: string
  /** The socket's own. */
  readonly routingId: Frame
}

const HANDLER = "zeromq.zap.01"
const VERSION = "1.0"
/** One request for each connection: there is nothing to tell apart. */
const REQUEST_ID = "1"

/**
 * The verdict of `authenticator`, or else of the ZAP handler that is bound in the context.
 * At once where nobody is asked.
 * @throws ZmqError EFAULT when there is nobody to ask and there has to be; ProtocolError (rejects) for a bad reply.
 */
export function judge(
  question: Question,
  authenticator: Authenticator | undefined,
  inproc: Pick<Inproc, "isBound" | "open">,
  enforce: boolean,
  run: Run,
): Verdict | Promise<Verdict> {
  if (authenticator !== undefined) return run((gone) => consult(authenticator, toRequest(question, gone)))
  if (inproc.isBound(HANDLER)) return run((gone) => ask(question, inproc, gone))
  // Without a handler CURVE still keeps its word: only owners of the server's public key come this far.
  if (question.mechanism !== "PLAIN" && !enforce) return toVerdict(200)
  throw zmqError("EFAULT", { message: "No ZAP handler is bound" })
}

async function consult(authenticator: Authenticator, request: AuthenticationRequest): Promise<Verdict> {
  return toVerdict(await authenticator(request))
}

function toRequest({ mechanism, domain, address, credentials }: Question, signal: AbortSignal): AuthenticationRequest {
  const request = { mechanism, domain: decodeText(domain), address, signal }
  const [first, second] = credentials
  if (mechanism === "PLAIN") return { ...request, username: decodeText(first!), password: decodeText(second!) }
  return mechanism === "CURVE" ? { ...request, publicKey: first! } : request
}

function toVerdict(answer: Answer): Verdict {
  const said: AuthenticationVerdict =
    typeof answer === "object" && (answer as unknown) !== null ? answer : { status: answer as boolean | Status }
  const { status, userId = "", metadata = {} } = said
  const properties = Object.entries(metadata).map(
    ([name, value]) => [name.toLowerCase(), typeof value === "string" ? encodeText(value) : value] as const,
  )
  return { status: toStatus(status), userId, metadata: new Map(properties) }
}

/** Anything but a valid verdict rejects the peer. */
function toStatus(status: boolean | Status): Status {
  if (typeof status === "boolean") return status ? 200 : 400
  return status === 200 || status === 300 || status === 400 ? status : 500
}

/** @param gone The peer has not waited: neither need the request. */
function ask(question: Question, inproc: Pick<Inproc, "open">, gone: AbortSignal): Promise<Verdict> {
  return new Promise((resolve, reject) => {
    const { domain, address, routingId, mechanism, credentials } = question
    const request = [VERSION, REQUEST_ID, domain, address, routingId, mechanism, ...credentials]
    const owner: PipeOwner = {
      peerReady: () => undefined,
      readActivated(pipe) {
        const reply = pipe.receive()
        pipe.close()
        try {
          resolve(parseReply(reply!))
        } catch (error) {
          reject(error)
        }
      },
      writeActivated: () => undefined,
      pipeTerminated() {
        reject(zmqError("EFAULT", { message: "The ZAP handler has closed" }))
      },
    }
    const self: Peer = { socketType: "DEALER", routingId: EMPTY }
    const pipe = inproc.open(HANDLER, owner, { sendMark: 0, receiveMark: 0, copies: true }, self)
    if (pipe === undefined) {
      reject(zmqError("EFAULT", { message: "The ZAP handler has closed" }))
      return
    }
    gone.addEventListener("abort", () => {
      // The handler does not get a request that it has not received yet.
      pipe.discardSent()
      pipe.close()
      reject(zmqError("EFAULT", { message: "The peer is gone" }))
    })
    pipe.activate()
    pipe.send([EMPTY, ...request.map((frame) => (typeof frame === "string" ? encodeText(frame) : frame))])
  })
}

/** @throws ProtocolError (RFC 27, "The ZAP Reply") */
function parseReply(reply: Multipart): Verdict {
  if (reply.length !== 7) throw malformed("ERR_ZAP_MALFORMED_REPLY", `Reply of ${reply.length} frames`)
  const [delimiter, version, id, status, , userId, metadata] = reply as Seven
  if (delimiter.length > 0) throw malformed("ERR_ZAP_UNSPECIFIED", "Reply does not begin with an empty frame")
  if (decodeText(version) !== VERSION) throw malformed("ERR_ZAP_BAD_VERSION", "Reply of another version")
  if (decodeText(id) !== REQUEST_ID) throw malformed("ERR_ZAP_BAD_REQUEST_ID", "Reply to another request")
  const text = decodeText(status)
  if (!/^[2-5]00$/.test(text)) throw malformed("ERR_ZAP_INVALID_STATUS_CODE", `Status ${text}`)
  const properties = parseMetadata(metadata, "ERR_ZAP_INVALID_METADATA")
  return { status: Number(text) as Status, userId: decodeText(userId), metadata: properties }
}

type Seven = [Frame, Frame, Frame, Frame, Frame, Frame, Frame]

function malformed(code: ProtocolErrorCode, message: string): ProtocolError {
  return new ProtocolError(code, message)
}
