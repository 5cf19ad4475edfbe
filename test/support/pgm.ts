import { canonicalAddress } from "../../src/pgm/address.js"
import type { SessionId } from "../../src/pgm/packet.js"
import { Receiver, type ReceiverOptions, type Report } from "../../src/pgm/receiver.js"
import { Sender, type SenderOptions } from "../../src/pgm/sender.js"
import type { Origin } from "../../src/pgm/source.js"
import { hex } from "./cuts.js"
import { text } from "./messages.js"

/** Packets that libzmq 4.3.4 (OpenPGM 5.3.128) sent from 10.99.0.1 to 239.192.1.1:5555: UDP payloads in hexadecimal. */
export const CAPTURED = {
  /** The first SPMs of a session, before any data. */
  spms: [
    hex("13f815b300003ee2b7c6d1bc038a00000000000000000000ffffffff000100000a630001"),
    hex("13f815b300003ee1b7c6d1bc038a00000000000100000000ffffffff000100000a630001"),
    hex("13f815b300003ee0b7c6d1bc038a00000000000200000000ffffffff000100000a630001"),
  ],
  /** Messages of two frames: `topic`, and the number of the message ten times. */
  data: [
    hex("13f815b30400065cb7c6d1bc038a0015000000000000000000000601746f7069630b0030303030303030303030"),
    hex("13f815b304000156b7c6d1bc038a0015000000010000000000000601746f7069630b0031313131313131313131"),
    hex("13f815b30400fc4fb7c6d1bc038a0015000000020000000000000601746f7069630b0032323232323232323232"),
  ],
  /** The 39th packet, which contains two messages. */
  pair: hex(
    "13f815b30400d56bb7c6d1bc038a003c000000260000000000000601746f706963150033383338333833383338333833383338333833380601746f70696315003339333933393339333933393339333933393339",
  ),
  heartbeat: hex("13f815b300003eb9b7c6d1bc038a0000000000030000000000000026000100000a630001"),
  /** An SPM that ends the session (OPT_FIN). */
  fin: hex("13f815b30001b0a6b7c6d1bc038a0000000000040000000000000026000100000a630001000400088e040000"),
  /** Requests of receivers to a session of this library on 239.192.1.186:5601, and answers of libzmq. */
  spmRequest: hex("15e1444b0c008e8a89f043da3d7e0000"),
  nak: hex("15e1444b0800220089f043da3d7e00000000000c000100007f00000100010000efc001ba"),
  nakList: hex(
    "15e1444b08039f3a89f043da3d7e000000000035000100007f00000100010000efc001ba00040010820c00000000003c0000003d",
  ),
  repair: hex("f5f615e1050013feb7c6d1bc038a000c000000020000000000000601746f706963020032"),
} as const

/** The session of `CAPTURED.spms` and `CAPTURED.data`. */
export const CAPTURED_SESSION: SessionId = { gsi: 0xb7c6d1bc038a, sourcePort: 0x13f8, sessionPort: 5555 }

export const GROUP = "239.192.1.1"
export const SOURCE: Origin = { address: "10.99.0.1", port: 41_960 }

export function receiver(options: Partial<ReceiverOptions> = {}): Receiver {
  return new Receiver({
    port: 5555,
    group: canonicalAddress(GROUP)!,
    recoveryInterval: 10_000,
    maxMessageSize: -1,
    maxMultipartSize: -1,
    random: () => 0.5,
    ...options,
  })
}

/** A sender with the identity of the captured session. Its first packets are those of libzmq. */
export function sender(options: Partial<SenderOptions> = {}, now = 0): Sender {
  const common = { session: CAPTURED_SESSION, path: SOURCE.address, group: GROUP }
  return new Sender({ ...common, rate: 1_000_000, recoveryInterval: 10_000, maxPacket: 1500, ...options }, now)
}

/** All messages of `receiver`, as text. */
export function received(receiver: Receiver): string[][] {
  const messages: string[][] = []
  for (let message = receiver.receive(); message !== undefined; message = receiver.receive()) {
    messages.push(text(message)!)
  }
  return messages
}

export function reports(receiver: Receiver): Report[] {
  const all: Report[] = []
  for (let report = receiver.report(); report !== undefined; report = receiver.report()) all.push(report)
  return all
}

/** Copies of the packets to send, which tests may modify: the sender keeps the originals for repairs. */
export function packetsOf(sender: Sender): Buffer[] {
  return sender.drain().map((packet) => Buffer.from(packet))
}
