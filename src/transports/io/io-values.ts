import { asFrame, type Frame } from "../../zmtp/bytes.js"
import type { Metadata } from "../../zmtp/handshake/metadata.js"
import type { NetworkPeer } from "../../zmtp/peer.js"
import type { TransportEvent, TransportOptions } from "../transport.js"
import { decodeError, encodeError } from "./error-note.js"
import type { EventNote, OptionsNote } from "./io-note.js"

// Frames are views that may share their memory. They are copied first, because cloning a view copies all of that memory.
// They arrive as plain bytes, which are converted back to frames.

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

/** Omits functions and objects: authentication, and reusable memory. */
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

/** Restores options in a thread that does not authenticate peers itself. */
export function decodeOptions({ authenticates, ...others }: OptionsNote): TransportOptions {
  return {
    ...mapValues(others, asFrame),
    authenticate: authenticates ? notHere : undefined,
  }
}

/** Converts the values of `object` that are bytes. */
function mapValues<T extends object>(object: T, change: (bytes: Uint8Array) => Frame): T {
  const entries = Object.entries(object).map(([name, value]: [string, unknown]) => [
    name,
    value instanceof Uint8Array ? change(value) : value,
  ])
  return Object.fromEntries(entries) as T
}

function notHere(): never {
  throw new Error("Peers are authenticated in the thread of the socket")
}
