import { expect } from "chai"
import nacl from "tweetnacl"
import { loadSodium } from "../../src/security/sodium.js"
import { CurveClient } from "../../src/zmtp/handshake/curve/client.js"
import type { CurveCrypto } from "../../src/zmtp/handshake/curve/crypto.js"
import { CurveServer } from "../../src/zmtp/handshake/curve/server.js"
import type { Mechanism } from "../../src/zmtp/handshake/mechanism.js"
import { RefusedError } from "../../src/zmtp/protocol-error.js"
import { command, CurvePeerClient, CurvePeerServer, metadata } from "./curve-peer.js"
import type { ClientLies } from "./curve-peer.js"
import { codeOf } from "./messages.js"

let loaded: CurveCrypto | undefined
const cryptography = (): CurveCrypto => (loaded ??= loadSodium())

const ERROR_400 = command("ERROR", Buffer.from("\x03400"))

/** A server with new keys, and an independent client. Each function performs the handshake up to that step. */
export function serverAnd(lies: ClientLies = {}) {
  const keys = nacl.box.keyPair()
  const server = new CurveServer(metadata("PULL"), { ...keys, crypto: cryptography() })
  const peer = new CurvePeerClient(keys.publicKey)
  const hello = () => server.consume(peer.hello(lies))
  const welcome = () => {
    hello()
    peer.takeWelcome(Buffer.from(server.produce()!))
  }
  const initiate = () => {
    welcome()
    server.consume(peer.initiate("PUSH", lies))
  }
  const ready = () => {
    initiate()
    return peer.takeReady(Buffer.from(server.produce()!))
  }
  return { server, peer, hello, welcome, initiate, ready }
}

/** A client with new keys, and an independent server. Each function performs the handshake up to that step. */
export function clientAnd(serverKeys = nacl.box.keyPair(), own = metadata("PUSH")) {
  const { publicKey, secretKey } = nacl.box.keyPair()
  const client = new CurveClient(own, { publicKey, secretKey, serverKey: serverKeys.publicKey, crypto: cryptography() })
  const peer = new CurvePeerServer(serverKeys)
  const hello = (): Buffer => Buffer.from(client.produce()!)
  const welcome = (lies = {}) => client.consume(peer.welcome(hello(), lies))
  const initiate = () => {
    welcome()
    return peer.takeInitiate(Buffer.from(client.produce()!))
  }
  const ready = () => {
    initiate()
    client.consume(peer.ready("PULL"))
  }
  return { client, peer, hello, welcome, initiate, ready }
}

/** Expects that `mechanism` rejects all commands except those in `due`, and reads ERROR as a refusal. */
export function refusesOthers(mechanism: Mechanism, due: readonly string[]): void {
  for (const name of ["HELLO", "WELCOME", "INITIATE", "READY", "MESSAGE", "PING", ""]) {
    if (due.includes(name)) continue
    const refused = codeOf(() => mechanism.consume(command(name, Buffer.alloc(300))))
    expect(refused, name).to.equal("ERR_ZMTP_UNEXPECTED_COMMAND")
  }
  expect(() => mechanism.consume(ERROR_400)).to.throw(RefusedError, "400")
}
