import { concat, decodeText, EMPTY, encodeText, ownCopy, type Frame, type Multipart } from "./bytes.js"
import { commandData } from "./commands/command.js"
import { encodeError } from "./commands/error.js"
import { HeartbeatCommands } from "./commands/heartbeats.js"
import { acceptedCommands, LEGACY_SUBSCRIPTION, sentCommands } from "./commands/subscriptions.js"
import type { Engine, EngineOptions, VerdictRequest } from "./engine.js"
import { FLAG_COMMAND } from "./frames/frame-decoder.js"
import type { Framing, LegacyFraming } from "./framing.js"
import type { FrameCursor, FrameOutbox } from "./frames/frame-format.js"
import { createMechanism } from "./handshake/create-mechanism.js"
import type { Greeting } from "./handshake/greeting.js"
import { MAX_COMMAND, MAX_HANDSHAKE_COMMAND, MAX_ROUTING_ID } from "./limits.js"
import type { Mechanism } from "./handshake/mechanism.js"
import { MessageReader, type CommandHandler } from "./message-reader.js"
import { MessageWriter } from "./message-writer.js"
import { encodeMetadata } from "./handshake/metadata.js"
import { UNKNOWN_PEER, type PeerDescription } from "./peer.js"
import { IncompatiblePeerError, LimitError, RefusedError } from "./protocol-error.js"
import { quoted } from "./printable.js"
import type { Verdict } from "./handshake/security.js"
import { factsOf, isLegalPeer } from "./socket-types.js"
import { mayEnter, outOfOrder, type EngineState } from "./state.js"
import { negotiatesMechanism, type Version } from "./version.js"

/** The state of the engine, and what it holds only in that state. */
type Stage =
  | { readonly state: "new" | "handshake" | "failed" | "closed" }
  | { readonly state: "greeting"; readonly greeting: Greeting }
  | { readonly state: "awaiting-verdict"; readonly request: VerdictRequest }
  | { readonly state: "traffic"; readonly reader: MessageReader; readonly writer: MessageWriter }

/**
 * ZMTP 3.1 and all earlier versions, over a byte stream or WebSocket (RFCs 37, 23, 15, 13, and 45): greeting, then
 * handshake, then traffic. Everything that depends on the peer's version is chosen here; the reader and the writer are
 * created with the result.
 */
export class ZmtpEngine implements Engine {
  peer: PeerDescription = UNKNOWN_PEER
  readonly heartbeats: HeartbeatCommands
  readonly #options: EngineOptions
  readonly #framing: Framing
  readonly #outbox: FrameOutbox
  #stage: Stage = { state: "new" }
  #decoder: FrameCursor
  #version: Version | undefined
  readonly #mechanism: Mechanism
  /** User id and metadata that the authenticator assigned to the peer. */
  #authenticated: Pick<Verdict, "userId" | "metadata"> = UNKNOWN_PEER

  constructor(options: EngineOptions, framing: Framing) {
    const { socketType, routingId, security, rejectionOf } = options
    this.#options = options
    this.#framing = framing
    const identity = factsOf(socketType).announcesIdentity === true ? [["Identity", routingId] as const] : []
    const metadata = encodeMetadata([["Socket-Type", encodeText(socketType)], ...identity])
    this.#mechanism = createMechanism(security, metadata, rejectionOf !== undefined)
    // libzmq's DISH reads a PING as a message without a group.
    this.heartbeats = new HeartbeatCommands(
      (command) => {
        this.#sendCommand(command)
      },
      factsOf(socketType).groups !== "accepts",
    )
    this.#outbox = framing.outbox()
    this.#decoder = framing.decoder(options.recycled)
    this.#decoder.limit = MAX_HANDSHAKE_COMMAND
    this.#decoder.limitName = "size of a command"
  }

  get state(): EngineState {
    return this.#stage.state
  }

  get verdictRequest(): VerdictRequest | undefined {
    return this.#stage.state === "awaiting-verdict" ? this.#stage.request : undefined
  }

  get version(): Version | undefined {
    return this.#version
  }

  get unread(): boolean {
    return this.#decoder.pending
  }

  get borrowed(): boolean {
    return this.#outbox.borrowed
  }

  get unsent(): number {
    return this.#outbox.size
  }

  get gathering(): boolean {
    return this.#decoder.gathering === true
  }

  start(): void {
    if (this.state !== "new") throw outOfOrder("start", this.state)
    this.#guarded(() => {
      this.#begin()
    })
  }

  push(chunk: Frame): void {
    this.#decoder.push(chunk)
  }

  requestRoom(): Frame | undefined {
    return this.#decoder.requestRoom?.()
  }

  handshake(): boolean {
    switch (this.state) {
      case "traffic":
        return true
      case "awaiting-verdict":
        return false
      case "greeting":
      case "handshake":
        return this.#guarded(() => this.#advance())
      default:
        throw outOfOrder("handshake", this.state)
    }
  }

  read(): Multipart | undefined {
    const stage = this.#stage
    if (stage.state !== "traffic") throw outOfOrder("read", stage.state)
    try {
      return stage.reader.read()
    } catch (error) {
      this.#enter({ state: "failed" })
      throw error
    }
  }

  takeSkipped(least: number): number {
    return this.#stage.state === "traffic" ? this.#stage.reader.takeSkipped(least) : 0
  }

  /** Encodes a message. Subscriptions and joined groups become commands if the peer supports them. */
  write(message: Multipart): void {
    const stage = this.#stage
    if (stage.state !== "traffic") throw outOfOrder("write", stage.state)
    stage.writer.message(message)
  }

  drain(): Uint8Array[] {
    return this.#outbox.drain()
  }

  releaseDrained(): void {
    this.#outbox.releaseDrained?.()
  }

  close(): void {
    this.#enter({ state: "closed" })
    this.#mechanism.dispose()
  }

  #enter(stage: Stage): void {
    if (mayEnter(this.#stage.state, stage.state)) this.#stage = stage
  }

  /** Runs `step`. If it throws, the state becomes `failed`. */
  #guarded<T>(step: () => T): T {
    try {
      return step()
    } catch (error) {
      this.#enter({ state: "failed" })
      throw error
    }
  }

  /** Sends the greeting, or begins the handshake if there is none. */
  #begin(): void {
    const { socketType, routingId } = this.#options
    const { name, asServer } = this.#mechanism
    // Peers that predate mechanisms are sent the number of the socket type; `undefined` rejects these peers.
    const typeNumber = this.#isInsecure ? factsOf(socketType).number : undefined
    const greeting = this.#framing.greeting?.(name, asServer, routingId.length, typeNumber)
    if (greeting === undefined) this.#beginHandshake(this.#framing.version, EMPTY)
    else {
      this.#enter({ state: "greeting", greeting })
      greeting.begin(this.#outbox)
    }
  }

  /** Reads the greeting and the handshake as far as they have arrived. Returns true when the handshake is complete. */
  #advance(): boolean {
    if (this.#stage.state === "greeting") {
      const { greeting } = this.#stage
      const rest = greeting.push(this.#decoder.rest(), this.#outbox)
      this.#decoder.push(rest ?? EMPTY)
      if (rest === undefined) return false
      this.#beginHandshake(greeting.version, rest)
      if (this.state === "awaiting-verdict") return false
    }
    return negotiatesMechanism(this.#version) ? this.#negotiate() : this.#exchangeRoutingIds()
  }

  /** @param rest The bytes that were pushed after the greeting. */
  #beginHandshake(version: Version, rest: Frame): void {
    this.#version = version
    this.#enter({ state: "handshake" })
    if (!negotiatesMechanism(version)) this.#sendRoutingId(rest)
    else {
      this.#produce()
      // NULL sends nothing before the verdict.
      const { name, credentials } = this.#mechanism
      if (credentials !== undefined) this.#requestVerdict(name, credentials)
    }
  }

  #negotiate(): boolean {
    const mechanism = this.#mechanism
    while (!mechanism.ready) {
      if (mechanism.credentials !== undefined) {
        this.#requestVerdict(mechanism.name, mechanism.credentials)
        return false
      }
      // Do not require the COMMAND flag here: some peers omit it, and libzmq does not check it.
      if (!this.#decoder.next()) return false
      const { flags, body } = this.#decoder
      if (this.#isRoutingId(flags, body)) {
        this.#version = this.#framing.versionWithoutHandshake!
        this.#beginTraffic("", body)
        return true
      }
      mechanism.consume(body)
      this.#produce()
    }
    const socketType = decodeText(mechanism.peer.get("socket-type") ?? EMPTY)
    const own = this.#options.socketType
    if (mechanism.peer.has("socket-type") && !isLegalPeer(own, socketType)) {
      // Events for this error describe the peer.
      this.peer = { ...UNKNOWN_PEER, socketType, mechanism: mechanism.name }
      throw new IncompatiblePeerError("ERR_ZMTP_INVALID_METADATA", `${own} cannot talk to ${quoted(socketType)}`)
    }
    this.#beginTraffic(socketType, mechanism.peer.get("identity") ?? EMPTY)
    return true
  }

  #produce(): void {
    const mechanism = this.#mechanism
    for (let body = mechanism.produce(); body !== undefined; body = mechanism.produce()) {
      this.#outbox.frame(FLAG_COMMAND, body)
    }
  }

  #requestVerdict(mechanism: Mechanism["name"], credentials: readonly Frame[]): void {
    const resolve = (verdict: Verdict): void => {
      this.#resolve(verdict)
    }
    this.#enter({ state: "awaiting-verdict", request: { mechanism, credentials, resolve } })
  }

  #resolve(verdict: Verdict): void {
    if (this.state !== "awaiting-verdict") throw outOfOrder("resolve a verdict", this.state)
    this.#guarded(() => {
      const { status } = verdict
      if (status === 200) {
        this.#authenticated = verdict
        this.#enter({ state: "handshake" })
        this.#mechanism.accept()
        this.#produce()
        return
      }
      const reason = String(status)
      // 300 is a temporary failure. An ERROR would be final, so the peer is only disconnected, and may retry.
      if (status !== 300) {
        // libzmq has announced 3.1 since 4.3.3, and understands only its own spelling of ERROR for PLAIN.
        const misspelled = this.#mechanism.name === "PLAIN" && this.#version === "3.1"
        this.#outbox.frame(FLAG_COMMAND, encodeError(reason, misspelled))
      }
      throw new RefusedError(reason)
    })
  }

  /** Whether peers need not authenticate. */
  get #isInsecure(): boolean {
    const { security } = this.#options
    return security.mechanism === "NULL" && security.authenticates !== true
  }

  /** Whether the first frame is a routing id instead of a command, from a peer without a handshake. */
  #isRoutingId(flags: number, body: Frame): boolean {
    if (!this.#isInsecure || this.#framing.versionWithoutHandshake === undefined || (flags & FLAG_COMMAND) !== 0)
      return false
    return commandData(body, "READY") === undefined && commandData(body, "ERROR") === undefined
  }

  // ZMTP 2.0 and 1.0 (RFCs 15 and 13) have no mechanisms and no commands. The first frame in each direction is the
  // routing id.

  /** The frame format of ZMTP 1.0, if the peer uses it. */
  get #legacy(): LegacyFraming | undefined {
    return this.#version === "1.0" || this.#version === "unversioned" ? this.#framing.legacy : undefined
  }

  #sendRoutingId(rest: Frame): void {
    const { routingId } = this.#options
    const legacy = this.#legacy
    if (legacy === undefined) {
      this.#outbox.frame(0, routingId)
      return
    }
    this.#decoder = legacy.decoder()
    this.#decoder.limit = MAX_ROUTING_ID
    this.#decoder.limitName = "length of a routing id"
    this.#decoder.push(rest)
    // A peer that sent no signature has read ours as the header of this frame.
    if (this.#version === "unversioned") this.#outbox.raw(routingId)
    else legacy.write(this.#outbox, false, routingId)
  }

  #exchangeRoutingIds(): boolean {
    if (!this.#decoder.next()) return false
    this.#beginTraffic("", this.#decoder.body)
    // Subscribers of libzmq 2.x filter locally and never subscribe.
    if (this.#version === "unversioned" && this.#acceptsSubscriptions) {
      const rest = this.#decoder.rest()
      this.#decoder.push(concat([LEGACY_SUBSCRIPTION, rest], LEGACY_SUBSCRIPTION.length + rest.length))
    }
    return true
  }

  get #acceptsSubscriptions(): boolean {
    return factsOf(this.#options.socketType).subscriptions === "accepts"
  }

  // Traffic

  /** Ends the handshake. @throws ProtocolError if the routing id is too long, or is rejected. */
  #beginTraffic(socketType: string, routingId: Frame): void {
    if (routingId.length > MAX_ROUTING_ID) {
      throw new LimitError(
        "length of a routing id",
        `Routing id of ${routingId.length} bytes`,
        "ERR_ZMTP_INVALID_METADATA",
      )
    }
    const { name, peerKey, peer: properties, box } = this.#mechanism
    const { userId, metadata } = this.#authenticated
    this.peer = {
      socketType,
      routingId: ownCopy(routingId),
      mechanism: name,
      ...(peerKey === undefined ? {} : { publicKey: peerKey }),
      userId,
      metadata,
      properties,
    }
    const rejection = this.#options.rejectionOf?.(this.peer.routingId)
    if (rejection !== undefined) {
      // Drop READY: with it, the peer would consider the handshake complete.
      this.#outbox.drain()
      throw rejection
    }
    const version = this.#version!
    if (version === "3.1") this.heartbeats.announced()
    const commands = sentCommands(this.#options.socketType)
    const subscriptions = commands?.knownTo(version) === true ? commands : undefined
    this.#decoder.commandLimit = MAX_COMMAND
    const reader = new MessageReader(this.#decoder, this.#options, this.#commandHandler(version), box)
    const writer = new MessageWriter(this.#outbox, { subscriptions, box, legacy: this.#legacy })
    this.#enter({ state: "traffic", reader, writer })
  }

  #commandHandler(version: Version): CommandHandler | undefined {
    if (!negotiatesMechanism(version)) return undefined
    const subscriptions = acceptedCommands(this.#options.socketType)
    return (command) => {
      // The decoder has checked this, except with CURVE, which hides the COMMAND flag from it.
      if (command.length > MAX_COMMAND) {
        throw new LimitError(
          "size of a command",
          `Command of ${command.length} bytes exceeds the limit of ${MAX_COMMAND}`,
        )
      }
      const message = subscriptions?.decode(command)
      if (message === undefined) this.heartbeats.received(command)
      return message
    }
  }

  /** Sends a command in `traffic`, and nothing in other states. */
  #sendCommand(body: Frame): void {
    if (this.#stage.state === "traffic") this.#stage.writer.command(body)
  }
}
