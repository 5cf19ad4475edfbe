import { EMPTY, isBytes } from "./bytes.js"
import type { Engine, EngineOptions } from "./engine.js"
import { overBytes } from "./over-bytes.js"
import { MAX_CREDENTIAL, MAX_ROUTING_ID } from "./limits.js"
import type { Security } from "./handshake/security.js"
import { factsOf, SOCKET_TYPE_NAMES } from "./socket-types.js"
import { protocolOf, subprotocols } from "./over-web-socket.js"

/** Options of an engine. Only `socketType` is required. */
export interface EngineInit extends Partial<Omit<EngineOptions, "socketType">>, Pick<EngineOptions, "socketType"> {}

/**
 * Creates the engine for one side of a connection over a byte stream, such as a TCP connection, a pipe, or the standard
 * input and output of a process. A `STREAM` engine has no protocol: each chunk is a message.
 * @throws TypeError or RangeError for an invalid option.
 */
export function createEngine(init: EngineInit): Engine {
  return overBytes(complete(init))
}

/**
 * Creates the engine for one side of a connection over WebSocket (RFC 45). Push the content of one binary message at a
 * time, and send each piece that `drain` returns as one binary message.
 * @param subprotocol The subprotocol that both sides agreed on. Offer or accept the ones that `subprotocols` returns.
 * @throws TypeError or RangeError for an invalid option, or for a subprotocol that does not match `security`.
 */
export function createWebSocketEngine(subprotocol: string, init: EngineInit): Engine {
  const options = complete(init)
  const { socketType, security } = options
  if (factsOf(socketType).isRaw === true) {
    throw new RangeError(`Invalid socketType ${socketType}: not supported over WebSocket`)
  }
  const known = subprotocols(security)
  if (!known.includes(subprotocol)) {
    throw new RangeError(`Invalid subprotocol ${JSON.stringify(subprotocol)}: expected ${known.join(" or ")}`)
  }
  return protocolOf(subprotocol)(options)
}

function complete(init: EngineInit): EngineOptions {
  const { socketType, routingId = EMPTY, security = { mechanism: "NULL" } } = init
  const { maxMessageSize = -1, maxMultipartSize = -1, rejectionOf, recycled } = init
  if (!SOCKET_TYPE_NAMES.includes(socketType)) {
    throw new TypeError(
      `Invalid socketType ${JSON.stringify(socketType)}: expected one of ${SOCKET_TYPE_NAMES.join(", ")}`,
    )
  }
  if (factsOf(socketType).udp === "only") {
    throw new RangeError(`Invalid socketType ${socketType}: datagrams have no connection`)
  }
  checkBytes("routingId", routingId, MAX_ROUTING_ID)
  checkSize("maxMessageSize", maxMessageSize)
  checkSize("maxMultipartSize", maxMultipartSize)
  checkSecurity(security)
  return { socketType, routingId, security, maxMessageSize, maxMultipartSize, rejectionOf, recycled }
}

function checkSecurity(security: Security): void {
  switch (security.mechanism) {
    case "NULL":
      return
    case "PLAIN":
      if (security.asServer) return
      checkBytes("username", security.username, MAX_CREDENTIAL)
      checkBytes("password", security.password, MAX_CREDENTIAL)
      return
    case "CURVE": {
      const { secretKey } = security
      const keys = security.asServer
        ? { secretKey }
        : { secretKey, publicKey: security.publicKey, serverKey: security.serverKey }
      for (const [name, key] of Object.entries(keys)) checkBytes(name, key, Infinity)
      if (typeof (security.crypto as unknown) !== "object") {
        throw new TypeError("Invalid security: CURVE needs crypto, such as the result of loadCurve()")
      }
      return
    }
    default:
      throw new TypeError(
        `Invalid mechanism ${String((security as { mechanism: unknown }).mechanism)}: expected NULL, PLAIN, or CURVE`,
      )
  }
}

/** Checks bytes without quoting them in errors, because they may be secret. */
function checkBytes(name: string, bytes: unknown, limit: number): void {
  if (!isBytes(bytes)) throw new TypeError(`Invalid ${name}: expected a Uint8Array`)
  if (bytes.length > limit) throw new RangeError(`Invalid ${name}: ${bytes.length} bytes, expected at most ${limit}`)
}

function checkSize(name: string, size: number): void {
  if (!Number.isInteger(size) || size < -1) {
    throw new RangeError(`Invalid ${name} ${String(size)}: expected a number of bytes, or -1 for no limit`)
  }
}
