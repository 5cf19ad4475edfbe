import { concat, copy, decodeText, EMPTY, encodeText, ownCopy, type Frame, type Message } from "./bytes.js"
import { commandData, encodeCommand } from "./command.js"
import { FLAG_COMMAND, FLAG_MORE } from "./frame.js"
import type { FrameCursor, FrameOutbox, Framing } from "./framing.js"
import type { Greeting, Version } from "./greeting.js"
import type { Box, Mechanism } from "./mechanism.js"
import { encodeMetadata } from "./metadata.js"
import { NOBODY, type NetworkPeer } from "./peer.js"
import { LimitError, ProtocolError, RefusedError } from "./protocol-error.js"
import type { Security, Verdict } from "./security.js"
import {
  announcesIdentity,
  isLegalPeer,
  messageCheck,
  sentWishes,
  SOCKET_TYPE_NAMES,
  takenWishes,
  type SocketTypeName,
  type Wishes,
} from "./socket-type.js"

export interface EngineOptions {
  readonly socketType: SocketTypeName
  /** This socket's own routing id; empty if it has none. */
  readonly routingId: Frame
  readonly security: Security
  /** Largest frame accepted after the handshake, in bytes; -1 means no limit (ZMQ_MAXMSGSIZE). */
  readonly maxMessageSize: number
  /** Largest message accepted, all its frames together, in bytes; -1 means 4 GiB. */
  readonly maxMultipartSize: number
}

/** By what a peer is to be judged (RFC 27). */
export interface Credentials {
  readonly mechanism: "NULL" | "PLAIN" | "CURVE"
  readonly credentials: readonly Frame[]
}

/** Largest handshake command accepted, in bytes, whatever `maxMessageSize` says. */
export const MAX_HANDSHAKE_COMMAND = 64 * 1024

/** Largest command accepted after the handshake, in bytes: room for any topic that somebody subscribes to. */
export const MAX_COMMAND = 1024 * 1024

/** Largest message, in bytes, where there is no other limit. */
export const LARGEST_FRAME = 0xffff_ffff

/** Most frames one message may have. */
export const MAX_FRAMES = 65_536

/** Longest routing id, in bytes (RFC 37, "The Identity Property"). */
export const MAX_ROUTING_ID = 255

/**
 * ZMTP 3.x for one connection, without I/O: bytes in by `push`, messages out by `read`, messages in by `write`, bytes
 * out in `outbox`. Greeting, then handshake, then traffic; only this class knows which version the peer speaks.
 */
export class Engine {
  /** What is to be sent to the peer. */
  readonly outbox: FrameOutbox
  /** Both sides have finished the handshake. */
  ready = false
  /** Known when `ready`; its address is for who has the connection to say. */
  peer: Omit<NetworkPeer, "address"> = NOBODY

  readonly #socketType: SocketTypeName
  readonly #routingId: Frame
  readonly #framing: Framing
  /** Where there is one. */
  readonly #greeting: Greeting | undefined
  readonly #mechanism: Mechanism
  /** Peers need not say who they are. */
  readonly #insecure: boolean
  #decoder: FrameCursor
  readonly #maxMessageSize: number
  readonly #maxMultipartSize: number
  readonly #takenWishes: Wishes | undefined
  readonly #sentWishes: Wishes | undefined
  /** What every message of a peer has to be, where a type is particular; else the connection ends. */
  readonly #wellFormed: ((message: Message) => boolean) | undefined
  #greeted = false
  #version: Version
  #verdict: Verdict | undefined
  /** Around every frame since the handshake, with CURVE. */
  #box: Box | undefined
  /** The peer's frames are those of ZMTP 1.0. */
  #oldFraming = false
  /** To be read before anything of the peer's. */
  #phantom: Message | undefined
  #frames: Message = []
  /** Bytes in `#frames`. */
  #gathered = 0
  #pong: Frame | undefined

  constructor(options: EngineOptions, framing: Framing) {
    const { socketType, routingId } = options
    this.#framing = framing
    this.#version = framing.version
    this.outbox = framing.outbox()
    this.#decoder = framing.decoder()
    this.#socketType = socketType
    this.#maxMessageSize = options.maxMessageSize
    this.#maxMultipartSize = options.maxMultipartSize < 0 ? LARGEST_FRAME : options.maxMultipartSize
    this.#takenWishes = takenWishes(socketType)
    this.#sentWishes = sentWishes(socketType)
    this.#wellFormed = messageCheck(socketType)
    const { security } = options
    this.#mechanism = framing.mechanism(
      security,
      encodeMetadata([
        ["Socket-Type", encodeText(socketType)],
        ...(announcesIdentity(socketType) ? [["Identity", routingId] as const] : []),
      ]),
    )
    const { name, asServer } = this.#mechanism
    this.#routingId = routingId
    this.#insecure = name === "NULL" && !security.authenticates
    const typeNumber = this.#insecure ? SOCKET_TYPE_NAMES.indexOf(socketType) : undefined
    this.#greeting = framing.greeting?.(name, asServer, routingId.length, typeNumber)
    this.#decoder.limit = MAX_HANDSHAKE_COMMAND
    this.#decoder.limitName = "size of a command"
    if (this.#greeting === undefined) this.#begin(EMPTY)
    else this.#greeting.begin(this.outbox)
  }

  /** Whether the peer understands PING (ZMTP 3.1). A DISH of libzmq takes one for a message without a group. */
  get peerHeartbeats(): boolean {
    return this.#version === "3.1" && this.#socketType !== "RADIO"
  }

  /** Whether there is a handshake to speak of: peers before ZMTP 3.0 have none. */
  get handshakes(): boolean {
    return !this.#legacy
  }

  /** Whether pushed bytes wait for `read`. */
  get pending(): boolean {
    return this.#decoder.pending
  }

  /** Where the next bytes had best be read to, if it matters. */
  get room(): Frame | undefined {
    return this.#decoder.room
  }

  /** Adds what has arrived, to be the engine's own; everything pushed before must have been read. */
  push(chunk: Frame): void {
    this.#decoder.push(chunk)
  }

  /**
   * Goes on with the handshake and returns whether it is complete.
   * @throws ProtocolError, RefusedError
   */
  handshake(): boolean {
    const decoder = this.#decoder
    const greeting = this.#greeting
    if (!this.#greeted && greeting !== undefined) {
      const rest = greeting.push(decoder.rest(), this.outbox)
      this.#decoder.push(rest ?? EMPTY)
      if (rest === undefined) return false
      this.#version = greeting.version
      this.#begin(rest)
    }
    if (this.#legacy) return this.#legacyHandshake()
    while (!this.#mechanism.ready) {
      // The COMMAND flag is not demanded here: some peers leave it out, and libzmq does not look.
      if (this.#mechanism.credentials !== undefined || !decoder.next()) return false
      if (this.#isBare(decoder)) {
        this.#version = this.#framing.bare!
        this.#accept("", decoder.body)
        return true
      }
      this.#mechanism.consume(decoder.body)
      this.#produce()
    }
    this.#becomeReady()
    return true
  }

  /** It is known what the peer speaks. */
  #begin(rest: Frame): void {
    this.#greeted = true
    if (this.#legacy) this.#identify(rest)
    else this.#produce()
  }

  /** What came first is no command but a routing id, from a peer that need not prove anything. */
  #isBare({ flags, body }: FrameCursor): boolean {
    if (!this.#insecure || this.#framing.bare === undefined || (flags & FLAG_COMMAND) !== 0) return false
    return commandData(body, "READY") === undefined && commandData(body, "ERROR") === undefined
  }

  /** What the handshake rests for: somebody is to judge the peer by it. */
  get credentials(): Credentials | undefined {
    const { name, credentials } = this.#mechanism
    return this.#greeted && credentials !== undefined ? { mechanism: name, credentials } : undefined
  }

  /**
   * The verdict on the peer: with 200 the handshake can go on.
   * @throws RefusedError otherwise; 400 and 500 are told to the peer before.
   */
  authorize(verdict: Verdict): void {
    const { status } = verdict
    if (status === 200) {
      this.#verdict = verdict
      this.#mechanism.admit()
      this.#produce()
      return
    }
    const reason = String(status)
    if (status !== 300) {
      this.outbox.frame(FLAG_COMMAND, encodeCommand("ERROR", Uint8Array.of(reason.length), encodeText(reason)))
    }
    throw new RefusedError(reason)
  }

  /**
   * The next whole message, or `undefined` until more bytes are pushed. Commands are handled on the way.
   * @throws ProtocolError
   */
  read(): Message | undefined {
    if (this.#phantom !== undefined) {
      const phantom = this.#phantom
      this.#phantom = undefined
      return phantom
    }
    if (this.#box !== undefined) return this.#readSealed(this.#box)
    const decoder = this.#decoder
    while (decoder.next()) {
      const flags = decoder.flags
      if ((flags & FLAG_COMMAND) !== 0) {
        const wish = this.#command(decoder.body)
        if (wish !== undefined) return wish
        continue
      }
      if (this.#frames.length === 0 && (flags & FLAG_MORE) === 0) return this.#checked([decoder.body])
      this.#frames.push(decoder.body)
      if ((flags & FLAG_MORE) !== 0) {
        this.#expectMore(decoder.body.length)
        continue
      }
      return this.#checked(this.#complete())
    }
    return undefined
  }

  /** Encodes `message`. Subscriptions and groups joined become commands for a peer that knows these. */
  write(message: Message): void {
    const wishes = this.#sentWishes
    if (wishes !== undefined && message.length === 1 && this.#knows(wishes)) {
      const frame = message[0]!
      const name = frame[0] === 0x01 ? wishes.wanted : frame[0] === 0x00 ? wishes.unwanted : undefined
      if (name !== undefined) {
        this.#sendCommand(encodeCommand(name, frame.subarray(1)))
        return
      }
    }
    if (this.#box !== undefined) this.#writeSealed(this.#box, message)
    else if (this.#oldFraming) this.#writeLegacy(message)
    else this.outbox.message(message)
  }

  /** Asks the peer for a PONG. @param timeToLive How long the peer may hear nothing from us, in ms; 0 means for ever. */
  ping(timeToLive: number): void {
    const ttl = Math.min(Math.floor(timeToLive / 100), MAX_TTL)
    this.#sendCommand(encodeCommand("PING", Uint8Array.of(ttl >>> 8, ttl & 0xff)))
  }

  /** How long the peer's last PING lets us go on hearing nothing from it, in ms; 0 means for ever. */
  peerTimeToLive = 0

  /** Whether a PONG is due. */
  get pingReceived(): boolean {
    return this.#pong !== undefined
  }

  /** The PONG that is due goes into the outbox. However many PINGs came since, one answer is enough. */
  answerPing(): void {
    if (this.#pong === undefined) return
    this.#sendCommand(this.#pong)
    this.#pong = undefined
  }

  /** A frame of `size` bytes is not the last of its message: what follows has so much less room. */
  #expectMore(size: number): void {
    if (this.#frames.length >= MAX_FRAMES) {
      throw new LimitError("frames of a message", `Message of over ${MAX_FRAMES} frames`)
    }
    this.#gathered += size
    this.#limitFrames()
  }

  /** The message whose last frame has come. */
  #complete(): Message {
    const message = this.#frames
    this.#frames = []
    this.#gathered = 0
    this.#limitFrames()
    return message
  }

  /** The smaller of what one frame may have and what its message still may. */
  #limitFrames(): void {
    const left = this.#maxMultipartSize - this.#gathered
    const whole = this.#maxMessageSize < 0 || left < this.#maxMessageSize
    const limit = whole ? left : this.#maxMessageSize
    this.#decoder.limit = this.#box === undefined ? limit : Math.min(limit, LARGEST_SEALED) + this.#box.overhead
    this.#decoder.limitName = whole ? "maxMultipartSize" : "maxMessageSize"
  }

  /** Whether the peer takes `wishes` as commands. */
  #knows({ old }: Wishes): boolean {
    return this.#version === "3.1" || (old && this.#version === "3.0")
  }

  /** The connection is gone: nothing is read or written any more, and secrets are overwritten. */
  dispose(): void {
    this.#mechanism.dispose()
  }

  // CURVE: each frame sealed for itself, with its flags inside.

  #readSealed(box: Box): Message | undefined {
    const decoder = this.#decoder
    while (decoder.next()) {
      const body = box.open(decoder.body)
      const { flags } = box
      if ((flags & SEALED_COMMAND) !== 0) {
        const wish = this.#command(body)
        if (wish !== undefined) return wish
        continue
      }
      if (this.#frames.length === 0 && (flags & FLAG_MORE) === 0) return this.#checked([body])
      this.#frames.push(body)
      if ((flags & FLAG_MORE) !== 0) {
        this.#expectMore(body.length)
        continue
      }
      return this.#checked(this.#complete())
    }
    return undefined
  }

  #writeSealed(box: Box, message: Message): void {
    const last = message.length - 1
    for (let index = 0; index < last; index++) box.seal(FLAG_MORE, message[index]!, this.outbox)
    box.seal(0, message[last]!, this.outbox)
  }

  #sendCommand(body: Frame): void {
    if (this.#box === undefined) this.outbox.frame(FLAG_COMMAND, body)
    else this.#box.seal(SEALED_COMMAND, body, this.outbox)
  }

  // ZMTP 2.0 and 1.0 (RFCs 15 and 13): no mechanism, no commands; the first frame each way is the routing id.

  get #legacy(): boolean {
    return this.#version < "3" || this.#version === "unversioned"
  }

  #identify(rest: Frame): void {
    if (this.#version === "2.0") {
      this.outbox.frame(0, this.#routingId)
      return
    }
    this.#oldFraming = true
    this.#decoder = this.#framing.old!.decoder()
    this.#decoder.limit = MAX_ROUTING_ID
    this.#decoder.limitName = "length of a routing id"
    this.#decoder.push(rest)
    // To a peer without a version our signature was the header of this frame.
    if (this.#version === "unversioned") this.outbox.raw(this.#routingId)
    else this.#framing.old!.write(this.outbox, false, this.#routingId)
  }

  #legacyHandshake(): boolean {
    if (!this.#decoder.next()) return false
    this.#accept("", this.#decoder.body)
    // libzmq 2.x subscribers filter for themselves and never say what they want.
    if (this.#version === "unversioned" && this.#takenWishes?.wanted === "SUBSCRIBE") this.#phantom = [copy(WANTED)]
    return true
  }

  #writeLegacy(message: Message): void {
    const last = message.length - 1
    message.forEach((frame, index) => {
      this.#framing.old!.write(this.outbox, index < last, frame)
    })
  }

  #produce(): void {
    for (let body = this.#mechanism.produce(); body !== undefined; body = this.#mechanism.produce()) {
      this.outbox.frame(FLAG_COMMAND, body)
    }
  }

  #becomeReady(): void {
    const { peer } = this.#mechanism
    const socketType = decodeText(peer.get("socket-type") ?? EMPTY)
    const routingId = peer.get("identity") ?? EMPTY
    if (peer.has("socket-type") && !isLegalPeer(this.#socketType, socketType)) {
      throw new ProtocolError("ERR_ZMTP_INVALID_METADATA", `${this.#socketType} cannot talk to ${socketType}`)
    }
    this.#accept(socketType, routingId)
  }

  #accept(socketType: string, routingId: Frame): void {
    if (routingId.length > MAX_ROUTING_ID) {
      throw new LimitError(
        "length of a routing id",
        `Routing id of ${routingId.length} bytes`,
        "ERR_ZMTP_INVALID_METADATA",
      )
    }
    const { name, publicKey, peer: properties, box } = this.#mechanism
    const { userId, metadata } = this.#verdict ?? NOBODY
    this.peer = {
      socketType,
      routingId: ownCopy(routingId),
      mechanism: name,
      ...(publicKey === undefined ? {} : { publicKey }),
      userId,
      metadata,
      properties,
    }
    this.#box = box
    this.#limitFrames()
    this.#decoder.commandLimit = MAX_COMMAND
    this.ready = true
  }

  /** Handles a command; a wish comes back in the form that patterns speak. What is unknown is dropped. */
  #command(body: Frame): Message | undefined {
    if (this.#legacy) return undefined
    if (body.length > MAX_COMMAND) throw new LimitError("size of a command", `Command of ${body.length} bytes`)
    const wishes = this.#takenWishes
    if (wishes !== undefined) {
      const wanted = commandData(body, wishes.wanted)
      if (wanted !== undefined) return [concat([WANTED, wanted], wanted.length + 1)]
      const unwanted = commandData(body, wishes.unwanted)
      if (unwanted !== undefined) return [concat([UNWANTED, unwanted], unwanted.length + 1)]
    }
    const ping = commandData(body, "PING")
    if (ping !== undefined && ping.length >= 2) {
      this.peerTimeToLive = ((ping[0]! << 8) | ping[1]!) * 100
      this.#pong = encodeCommand("PONG", ping.subarray(2, 2 + MAX_PING_CONTEXT))
    }
    return undefined
  }

  /** A reply without its envelope breaks the connection of a REQ, a message without its group that of a DISH, as in libzmq. */
  #checked(message: Message): Message {
    if (this.#wellFormed !== undefined && !this.#wellFormed(message)) {
      throw new ProtocolError("ERR_ZMTP_UNSPECIFIED", `No message for a ${this.#socketType}`)
    }
    return message
  }
}

/** Larger times to live overflow in libzmq. */
const MAX_TTL = 655
const MAX_PING_CONTEXT = 16
/** Inside a box the flag of a command is another one (RFC 26, "MESSAGE Command"). */
const SEALED_COMMAND = 0x02
/** Largest frame accepted with CURVE, in bytes: the memory that boxes are opened in ends at some point. */
const LARGEST_SEALED = 0x4000_0000
const WANTED = /* @__PURE__ */ Uint8Array.of(0x01)
const UNWANTED = /* @__PURE__ */ Uint8Array.of(0x00)
