// Authentication: verdicts on peers, from the application or over ZAP.

import type { PipeOwner } from "../../core/pipe/pipe.js"
import { zmqError } from "../../core/errors.js"
import type {
  AuthenticationAnswer,
  AuthenticationRequest,
  AuthenticationVerdict,
  Authenticator,
} from "../authenticator.js"
import type { InprocNames } from "../inproc-names.js"
import { decodeText, EMPTY, encodeText, type Frame, type Multipart } from "../../zmtp/bytes.js"
import type { Credentials } from "../../zmtp/engine.js"
import { parseMetadata } from "../../zmtp/handshake/metadata.js"
import type { Peer } from "../../zmtp/peer.js"
import { quoted } from "../../zmtp/printable.js"
import { ProtocolError, type ProtocolErrorCode } from "../../zmtp/protocol-error.js"
import type { Status, Verdict } from "../../zmtp/handshake/security.js"

/** Runs `task` when there is a free slot. @returns the result of `task` */
export type Run = (task: (gone: AbortSignal) => Promise<Verdict>) => Promise<Verdict>

/** The request, as known to the engine and the socket. */
export interface ZapQuery extends Credentials {
  readonly domain: Frame
  readonly address: string
  /** Routing id of this socket. */
  readonly routingId: Frame
}

/** Name over inproc where ZAP handlers are bound (RFC 27, "The ZAP Protocol"). */
export const HANDLER = "zeromq.zap.01"
const VERSION = "1.0"
/** The request id. It is constant, because each pipe carries only one request. */
const REQUEST_ID = "1"

/**
 * Authenticates a peer with `authenticator`, or else with the ZAP handler that is bound in the context. If neither is
 * required, the result is available immediately.
 * @throws ZmqError EFAULT if a ZAP handler is required and none is bound; ProtocolError (rejects) for an invalid reply.
 */
export function authenticate(
  query: ZapQuery,
  authenticator: Authenticator | undefined,
  inproc: InprocNames,
  enforce: boolean,
  run: Run,
): Verdict | Promise<Verdict> {
  if (authenticator !== undefined) return run((gone) => consult(authenticator, toRequest(query, gone)))
  if (inproc.isBound(HANDLER)) return run((gone) => sendRequest(query, inproc, gone))
  // Without a handler, CURVE still guarantees that the peer knows the server's public key.
  if (query.mechanism !== "PLAIN" && !enforce) return toVerdict(200)
  throw zmqError("EFAULT", { message: "No ZAP handler is bound" })
}

async function consult(authenticator: Authenticator, request: AuthenticationRequest): Promise<Verdict> {
  return toVerdict(await authenticator(request))
}

function toRequest({ mechanism, domain, address, credentials }: ZapQuery, signal: AbortSignal): AuthenticationRequest {
  const request = { mechanism, domain: decodeText(domain), address, signal }
  const [first, second] = credentials
  if (mechanism === "PLAIN") return { ...request, username: decodeText(first!), password: decodeText(second!) }
  return mechanism === "CURVE" ? { ...request, publicKey: first! } : request
}

function toVerdict(answer: AuthenticationAnswer): Verdict {
  const said: AuthenticationVerdict =
    typeof answer === "object" && (answer as unknown) !== null ? answer : { status: answer as boolean | Status }
  const { status, userId = "", metadata = {} } = said
  const properties = Object.entries(metadata).map(
    ([name, value]) => [name.toLowerCase(), typeof value === "string" ? encodeText(value) : value] as const,
  )
  return { status: toStatus(status), userId, metadata: new Map(properties) }
}

/** Converts a verdict to a status. Anything but a valid verdict rejects the peer. */
function toStatus(status: boolean | Status): Status {
  if (typeof status === "boolean") return status ? 200 : 400
  return status === 200 || status === 300 || status === 400 ? status : 500
}

/** Sends a request to the ZAP handler. @param gone Aborts when the peer has disconnected. */
function sendRequest(query: ZapQuery, inproc: Pick<InprocNames, "open">, gone: AbortSignal): Promise<Verdict> {
  return new Promise((resolve, reject) => {
    const { domain, address, routingId, mechanism, credentials } = query
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
      // Take back the request, if the handler has not received it yet.
      pipe.discardSent()
      pipe.close()
      reject(zmqError("EFAULT", { message: "The peer has disconnected" }))
    })
    pipe.activate()
    pipe.send([EMPTY, ...request.map((frame) => (typeof frame === "string" ? encodeText(frame) : frame))])
  })
}

/** @throws ProtocolError (RFC 27, "The ZAP Reply") */
function parseReply(reply: Multipart): Verdict {
  if (reply.length !== 7)
    throw malformed("ERR_ZAP_MALFORMED_REPLY", `Invalid ZAP reply: expected 7 frames, got ${reply.length}`)
  const [delimiter, version, id, status, , userId, metadata] = reply as RequestFrames
  if (delimiter.length > 0) throw malformed("ERR_ZAP_UNSPECIFIED", "Invalid ZAP reply: expected an empty first frame")
  if (decodeText(version) !== VERSION)
    throw malformed("ERR_ZAP_BAD_VERSION", `Invalid ZAP reply: expected version ${VERSION}, got ${quoted(version)}`)
  if (decodeText(id) !== REQUEST_ID) throw malformed("ERR_ZAP_BAD_REQUEST_ID", "Invalid ZAP reply: unknown request id")
  const text = decodeText(status)
  if (!/^[2-5]00$/.test(text)) {
    const expected = "expected status 200, 300, 400, or 500"
    throw malformed("ERR_ZAP_INVALID_STATUS_CODE", `Invalid ZAP reply: ${expected}, got ${quoted(status)}`)
  }
  const properties = parseMetadata(metadata, "ERR_ZAP_INVALID_METADATA")
  return { status: Number(text) as Status, userId: decodeText(userId), metadata: properties }
}

type RequestFrames = [Frame, Frame, Frame, Frame, Frame, Frame, Frame]

function malformed(code: ProtocolErrorCode, message: string): ProtocolError {
  return new ProtocolError(code, message)
}
