// It gives all sockets their methods.
import "./standard-sockets.js"
import { zmqError } from "../core/errors.js"
import { toMessage, type MessageLike } from "./message.js"
import { channelPattern } from "../patterns/channel.js"
import { clientPattern } from "../patterns/client.js"
import { DgramPattern } from "../patterns/dgram.js"
import { DishPattern } from "../patterns/dish.js"
import { gatherPattern } from "../patterns/gather.js"
import { PeerPattern } from "../patterns/peer.js"
import { RadioPattern } from "../patterns/radio.js"
import { decodeRoutingNumber, encodeRoutingNumber } from "../patterns/routing-number.js"
import { scatterPattern } from "../patterns/scatter.js"
import { ServerPattern } from "../patterns/server.js"
import type { SocketType } from "./type-registry.js"
import { registerType, operationsOf, Socket, openCore } from "./socket.js"
import type { Message, Readable, SocketOptions, Writable } from "./standard-sockets.js"
import type { OptionsOf } from "./options/settings.js"
import type { WaitOptions } from "./wait-options.js"
import { encodeText, type Frame, isBytes } from "../zmtp/bytes.js"
import { MAX_GROUP } from "../zmtp/limits.js"

/** The peer, by the number that is assigned when it connects. */
export interface RoutingOptions {
  routingId: number
}

/** The group: at most 255 bytes, up to the first zero byte. */
export interface GroupOptions<G = string | Buffer> {
  group: G
}

/** Receives single frames from its clients, each with the number of the client, and sends replies by that number (RFC 41). */
export class Server extends Socket {
  constructor(options?: SocketOptions<Server>) {
    super(registerType(SERVER), options)
  }
}
export interface Server
  extends
    OptionsOf<"SERVER">,
    Readable<[Message, RoutingOptions]>,
    Writable<MessageLike, [RoutingOptions & WaitOptions]> {}
const SERVER: SocketType = {
  name: "SERVER",
  class: () => Server,
  pattern: (host) => new ServerPattern(host),
  envelope: { seal: sealNumber, open: openNumber },
}

/** Distributes single frames to its servers in turn, and receives their replies (RFC 41). */
export class Client extends Socket {
  constructor(options?: SocketOptions<Client>) {
    super(registerType(CLIENT), options)
  }
}
export interface Client extends OptionsOf<"CLIENT">, Readable<[Message]>, Writable<MessageLike> {}
const CLIENT: SocketType = {
  name: "CLIENT",
  class: () => Client,
  pattern: clientPattern,
}

/** Sends single frames to all peers that have joined their group, without waiting (RFC 48). Over `udp://` it connects. */
export class Radio extends Socket {
  constructor(options?: SocketOptions<Radio>) {
    super(registerType(RADIO), options)
  }
}
export interface Radio extends OptionsOf<"RADIO">, Writable<MessageLike, [GroupOptions & WaitOptions]> {}
const RADIO: SocketType = {
  name: "RADIO",
  class: () => Radio,
  pattern: (host, settings) => new RadioPattern(host, settings),
  envelope: { seal: sealGroup },
}

/** Receives single frames of the groups that it has joined, each with its group (RFC 48). Over `udp://` it binds. */
export class Dish extends Socket {
  constructor(options?: SocketOptions<Dish>) {
    super(registerType(DISH), options)
  }

  /**
   * Joins each of `groups`, by its exact name.
   * @throws ZmqError EINVAL if a group was joined before or its name is too long. The others are joined.
   */
  join(...groups: (string | Buffer)[]): void {
    const pattern = patternOf(this, DishPattern)
    forEach(groups.map(encodeGroup), (group) => {
      pattern.join(group)
    })
  }

  /** Leaves each of `groups`. @throws ZmqError EINVAL if one was not joined. The others are left. */
  leave(...groups: (string | Buffer)[]): void {
    const pattern = patternOf(this, DishPattern)
    forEach(groups.map(encodeGroup), (group) => {
      pattern.leave(group)
    })
  }
}
export interface Dish extends OptionsOf<"DISH">, Readable<[Message, GroupOptions<Buffer>]> {}
const DISH: SocketType = {
  name: "DISH",
  class: () => Dish,
  pattern: (host) => new DishPattern(host),
  envelope: { open: openGroup },
}

/** Receives single frames from all SCATTER peers fairly (RFC 49). */
export class Gather extends Socket {
  constructor(options?: SocketOptions<Gather>) {
    super(registerType(GATHER), options)
  }
}
export interface Gather extends OptionsOf<"GATHER">, Readable<[Message]> {}
const GATHER: SocketType = {
  name: "GATHER",
  class: () => Gather,
  pattern: gatherPattern,
}

/** Distributes single frames to its GATHER peers in turn (RFC 49). */
export class Scatter extends Socket {
  constructor(options?: SocketOptions<Scatter>) {
    super(registerType(SCATTER), options)
  }
}
export interface Scatter extends OptionsOf<"SCATTER">, Writable<MessageLike> {}
const SCATTER: SocketType = {
  name: "SCATTER",
  class: () => Scatter,
  pattern: scatterPattern,
}

/** Sends and receives UDP datagrams, `[address, bytes]`, through the one `udp://` endpoint that it binds. */
export class Datagram extends Socket {
  constructor(options?: SocketOptions<Datagram>) {
    super(registerType(DGRAM), options)
  }
}
export interface Datagram
  extends OptionsOf<"DGRAM">, Readable<[Message, Message]>, Writable<[MessageLike, MessageLike]> {}
const DGRAM: SocketType = {
  name: "DGRAM",
  class: () => Datagram,
  pattern: (host) => new DgramPattern(host),
}

/** A `Server` among its like: each may begin to talk, to peers that came to it and to those it connects to (RFC 51). */
export class Peer extends Socket {
  constructor(options?: SocketOptions<Peer>) {
    super(registerType(PEER), options)
  }

  /**
   * Connects, and returns the number of the peer: messages can be sent to it from now on.
   * @throws ZmqError what `connect` throws; EFAULT with `immediate`, which leaves the number open.
   */
  connectPeer(address: string): number {
    const pattern = patternOf(this, PeerPattern)
    if (this.immediate)
      throw zmqError("EFAULT", {
        address,
        message: "Not supported with `immediate`: there is no peer until the connection is established",
      })
    return pattern.numberOf(() => {
      this.connect(address)
    })
  }

  /** Ends the connection to the peer with this number. @throws ZmqError EHOSTUNREACH when there is none. */
  disconnectPeer(routingId: number): void {
    patternOf(this, PeerPattern).disconnect(routingId)
  }
}
export interface Peer
  extends
    OptionsOf<"PEER">,
    Readable<[Message, RoutingOptions]>,
    Writable<MessageLike, [RoutingOptions & WaitOptions]> {}
const PEER: SocketType = {
  name: "PEER",
  class: () => Peer,
  pattern: (host) => new PeerPattern(host),
  envelope: { seal: sealNumber, open: openNumber },
}

/** One peer to one peer, in single frames (RFC 52). */
export class Channel extends Socket {
  constructor(options?: SocketOptions<Channel>) {
    super(registerType(CHANNEL), options)
  }
}
export interface Channel extends OptionsOf<"CHANNEL">, Readable<[Message]>, Writable<MessageLike> {}
const CHANNEL: SocketType = {
  name: "CHANNEL",
  class: () => Channel,
  pattern: channelPattern,
}

registerType(SERVER)
registerType(CLIENT)
registerType(RADIO)
registerType(DISH)
registerType(GATHER)
registerType(SCATTER)
registerType(DGRAM)
registerType(PEER)
registerType(CHANNEL)

// Streams take what goes beside a message in a pair with it.
for (const { prototype } of [Server, Radio, Peer]) {
  Object.defineProperty(prototype, "writableStream", {
    configurable: true,
    writable: true,
    value(this: Socket): WritableStream<[unknown, object]> {
      return new WritableStream({
        write: ([message, options], { signal }) => operationsOf(this).send(message, { ...options, signal }),
      })
    },
  })
}

/** @throws ZmqError EBADF, EBUSY */
function patternOf<P>(socket: Socket, type: new (...args: never[]) => P): P {
  const { pattern } = openCore(socket)
  if (pattern instanceof type) return pattern
  throw zmqError("ENOTSUP")
}

function sealNumber(message: unknown, options: unknown): Frame[] {
  checkOptions(options)
  const { routingId } = options as Partial<RoutingOptions>
  if (routingId === undefined) throw zmqError("EINVAL")
  if (typeof routingId !== "number") throw new TypeError("A number was expected")
  const number = routingId >>> 0
  if (number === 0) throw zmqError("EINVAL")
  return seal(encodeRoutingNumber(number), message)
}

function openNumber([number, frame]: Frame[]): [Frame, RoutingOptions] {
  return [frame!, { routingId: decodeRoutingNumber(number!) }]
}

function sealGroup(message: unknown, options: unknown): Frame[] {
  checkOptions(options)
  const { group } = options as Partial<GroupOptions>
  if (group === undefined) throw zmqError("EINVAL")
  const name = encodeGroup(group)
  if (name.length > MAX_GROUP) throw zmqError("EINVAL")
  return seal(name, message)
}

function openGroup([group, frame]: Frame[]): [Frame, GroupOptions<Frame>] {
  return [frame!, { group: group! }]
}

/** Nothing is sent for a message without frames. */
function seal(first: Frame, message: unknown): Frame[] {
  const frames = toMessage(message)
  if (frames.length > 0) frames.unshift(first)
  return frames
}

function checkOptions(options: unknown): asserts options is object {
  if (typeof options !== "object" || options === null) throw new TypeError("Options must be an object")
}

function encodeGroup(group: unknown): Frame {
  if (typeof group !== "string" && !isBytes(group)) {
    throw new TypeError("Value must be a string or buffer")
  }
  const bytes = typeof group === "string" ? encodeText(group) : group
  const end = bytes.indexOf(0)
  return end < 0 ? bytes : bytes.subarray(0, end)
}

/** Does all of it, then throws what was thrown first. */
function forEach<T>(items: readonly T[], action: (item: T) => void): void {
  const errors: unknown[] = []
  for (const item of items) {
    try {
      action(item)
    } catch (error) {
      errors.push(error)
    }
  }
  if (errors.length > 0) throw errors[0]
}
