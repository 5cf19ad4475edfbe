import { asFrame, type Frame } from "../../zmtp/bytes.js"
import type { Metadata } from "../../zmtp/handshake/metadata.js"
import type { NetworkPeer } from "../../zmtp/peer.js"
import type { TransportEvent, TransportOptions } from "../transport.js"
import { decodeError, encodeError } from "./error-note.js"
import type { EventNote, OptionsNote } from "./io-note.js"

// Frames are views of memory that they share with others, and a clone of a view has all of that memory: they are copied first. They
// arrive as plain bytes, and are made frames again.

export function encodeBytes(bytes: Uint8Array): Uint8Array {
  return Uint8Array.from(bytes)
}

export function encodePeer(peer: NetworkPeer): NetworkPeer {
  return mapPeer(peer, encodeBytes)
}

export function decodePeer(peer: NetworkPeer): NetworkPeer {
  return Object.freeze(mapPeer(peer, asFrame))
}

function mapPeer(peer: NetworkPeer, change: (bytes: Uint8Array) => Frame): NetworkPeer {
  const { routingId, publicKey, metadata, properties } = peer
  return {
    ...peer,
    routingId: change(routingId),
    ...(publicKey === undefined ? {} : { publicKey: change(publicKey) }),
    metadata: mapMetadata(metadata, change),
    properties: mapMetadata(properties, change),
  }
}

export function mapMetadata(metadata: Metadata, change: (bytes: Uint8Array) => Frame): Metadata {
  return new Map([...metadata].map(([name, value]) => [name, change(value)]))
}

export function encodeEvent({ error, peer, ...event }: TransportEvent): EventNote {
  return {
    ...event,
    ...(error === undefined ? {} : { error: encodeError(error) }),
    ...(peer === undefined ? {} : { peer: encodePeer(peer) }),
  }
}

export function decodeEvent({ error, peer, ...event }: EventNote): TransportEvent {
  return {
    ...event,
    ...(error === undefined ? {} : { error: decodeError(error) }),
    ...(peer === undefined ? {} : { peer: decodePeer(peer) }),
  }
}

/** Functions and objects stay here: whoever judges peers, memory to be used again, and what follows from other options. */
export function encodeOptions(options: TransportOptions): OptionsNote {
  const cloned = { ...mapValues(options, encodeBytes), authenticates: options.authenticate !== undefined }
  for (const [name, value] of Object.entries(cloned) as [string, unknown][]) {
    if (!isPlain(value)) Reflect.deleteProperty(cloned, name)
  }
  return cloned
}

function isPlain(value: unknown): boolean {
  if (typeof value === "function") return false
  return typeof value !== "object" || value === null || value instanceof Uint8Array || Array.isArray(value)
}

/** The same, where somebody else judges peers. */
export function decodeOptions({ authenticates, ...others }: OptionsNote): TransportOptions {
  return {
    ...mapValues(others, asFrame),
    authenticate: authenticates ? notHere : undefined,
    security: { mechanism: "NULL" },
  }
}

/** Changes the bytes among the values of `object`. */
function mapValues<T extends object>(object: T, change: (bytes: Uint8Array) => Frame): T {
  const entries = Object.entries(object).map(([name, value]: [string, unknown]) => [
    name,
    value instanceof Uint8Array ? change(value) : value,
  ])
  return Object.fromEntries(entries) as T
}

function notHere(): never {
  throw new Error("Peers are judged in the thread of the socket")
}
