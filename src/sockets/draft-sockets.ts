// Adds the methods of all sockets to their prototypes.
import { zmqError } from "../core/errors.js"
import { channelPattern } from "../patterns/channel.js"
import { clientPattern } from "../patterns/client.js"
import { DgramPattern } from "../patterns/dgram.js"
import { DishPattern, groupTooLong } from "../patterns/dish.js"
import { gatherPattern } from "../patterns/gather.js"
import { PeerPattern } from "../patterns/peer.js"
import { RadioPattern } from "../patterns/radio.js"
import { decodeRoutingNumber, encodeRoutingNumber } from "../patterns/routing-number.js"
import { scatterPattern } from "../patterns/scatter.js"
import { ServerPattern } from "../patterns/server.js"
import { encodeText, type Frame, isBytes } from "../zmtp/bytes.js"
import { MAX_GROUP } from "../zmtp/limits.js"
import "./standard-sockets.js"
import { toMessage, type MessageLike } from "./message.js"
import type { SocketType } from "./type-registry.js"
import { registerType, operationsOf, Socket, openCore } from "./socket.js"
import type { Message } from "./message.js"
import type { Readable, SocketOptions, Writable } from "./socket-methods.js"
import type { OptionsOf } from "./options/settings.js"
import type { WaitOptions } from "./wait-options.js"

/** Identifies a peer. */
export interface RoutingOptions {
  /** Number of the peer. */
  routingId: number
}

/** Selects a group: at most 255 bytes, which end at the first zero byte. */
export interface GroupOptions<G = string | Buffer> {
  /** Name of the group. */
  group: G
}

/**
 * Receives single frames from its clients, each with the number of the client, and sends replies by that number (RFC
 * 41).
 *
 * ```ts
 * import { Server } from "zmtp/draft"
 *
 * const server = new Server()
 * await server.bind("tcp://127.0.0.1:5555")
 * for await (const [message, { routingId }] of server) await server.send(message, { routingId })
 * ```
 */
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

/**
 * Distributes single frames to its servers in turn, and receives their replies (RFC 41).
 *
 * ```ts
 * import { Client } from "zmtp/draft"
 *
 * const client = new Client()
 * client.connect("tcp://127.0.0.1:5555")
 * await client.send("ping")
 * ```
 */
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

/**
 * Sends single frames to all peers that have joined their group, without waiting (RFC 48). Over `udp://`, it connects.
 *
 * ```ts
 * import { Radio } from "zmtp/draft"
 *
 * const radio = new Radio()
 * radio.connect("udp://239.1.1.1:5555")
 * await radio.send("sunny", { group: "weather" })
 * ```
 */
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

/**
 * Receives single frames of the groups that it has joined, each with its group (RFC 48). Over `udp://`, it binds.
 *
 * ```ts
 * import { Dish } from "zmtp/draft"
 *
 * const dish = new Dish()
 * await dish.bind("udp://239.1.1.1:5555")
 * dish.join("weather")
 * for await (const [message, { group }] of dish) console.log(String(group), String(message))
 * ```
 */
export class Dish extends Socket {
  constructor(options?: SocketOptions<Dish>) {
    super(registerType(DISH), options)
  }

  /**
   * Joins `groups`. Names must match exactly; there are no prefixes.
   * @throws ZmqError EINVAL if a group is already joined or its name is too long. The others are joined.
   */
  join(...groups: (string | Buffer)[]): void {
    const pattern = patternOf(this, DishPattern)
    forEach(groups.map(encodeGroup), (group) => {
      pattern.join(group)
    })
  }

  /** Leaves `groups`. @throws ZmqError EINVAL if a group is not joined. The others are left. */
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

/**
 * Receives single frames from all SCATTER peers in turn (RFC 49).
 *
 * ```ts
 * import { Gather } from "zmtp/draft"
 *
 * const gather = new Gather()
 * await gather.bind("tcp://127.0.0.1:5555")
 * for await (const [message] of gather) console.log(String(message))
 * ```
 */
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

/**
 * Distributes single frames to its GATHER peers in turn (RFC 49).
 *
 * ```ts
 * import { Scatter } from "zmtp/draft"
 *
 * const scatter = new Scatter()
 * scatter.connect("tcp://127.0.0.1:5555")
 * await scatter.send("job")
 * ```
 */
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

/**
 * Sends and receives UDP datagrams, `[address, bytes]`, through the one `udp://` endpoint that it binds.
 *
 * ```ts
 * import { Datagram } from "zmtp/draft"
 *
 * const datagram = new Datagram()
 * await datagram.bind("udp://127.0.0.1:5555")
 * for await (const [address, bytes] of datagram) await datagram.send([address, bytes])
 * ```
 */
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

/**
 * A `Server` for PEER sockets. Either side may send first, to peers that connected to it and to peers that it connects
 * to (RFC 51).
 *
 * ```ts
 * import { Peer } from "zmtp/draft"
 *
 * const peer = new Peer()
 * const routingId = peer.connectPeer("tcp://127.0.0.1:5555")
 * await peer.send("hello", { routingId })
 * ```
 */
export class Peer extends Socket {
  constructor(options?: SocketOptions<Peer>) {
    super(registerType(PEER), options)
  }

  /**
   * Connects, and returns the number of the peer, to which messages can be sent from now on.
   * @throws ZmqError as `connect` does; EFAULT with `immediate`, because the number is then not known yet.
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

  /** Closes the connection to the peer with this number. @throws ZmqError EHOSTUNREACH if there is no such peer. */
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

/**
 * Exchanges single frames with exactly one peer (RFC 52).
 *
 * ```ts
 * import { Channel } from "zmtp/draft"
 *
 * const channel = new Channel()
 * await channel.bind("inproc://example")
 * await channel.send("hello")
 * ```
 */
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

// Streams of these sockets take pairs of a message and its options.
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
  if (routingId === undefined) throw missing("routingId")
  if (typeof routingId !== "number") throw new TypeError("A number was expected")
  const number = routingId >>> 0
  if (number === 0) {
    throw zmqError("EINVAL", { cause: new Error(`Invalid routingId ${routingId}: expected the number of a peer`) })
  }
  return seal(encodeRoutingNumber(number), message)
}

function openNumber([number, frame]: Frame[]): [Frame, RoutingOptions] {
  return [frame!, { routingId: decodeRoutingNumber(number!) }]
}

function sealGroup(message: unknown, options: unknown): Frame[] {
  checkOptions(options)
  const { group } = options as Partial<GroupOptions>
  if (group === undefined) throw missing("group")
  const name = encodeGroup(group)
  if (name.length > MAX_GROUP) throw groupTooLong(name)
  return seal(name, message)
}

function openGroup([group, frame]: Frame[]): [Frame, GroupOptions<Frame>] {
  return [frame!, { group: group! }]
}

function missing(option: string): Error {
  return zmqError("EINVAL", { cause: new Error(`Missing option: ${option}`) })
}

/** Encodes a message; a message without frames has no encoding. */
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

/** Runs `action` for every item, then throws the first error, if any. */
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
