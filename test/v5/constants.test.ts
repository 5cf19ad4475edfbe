import { expect } from "chai"
import * as constants from "../../src/v5/constants.js"

/** Constants from zmq.h (libzmq 4.3), which zeromq.js 5 exports under the same names. */
const ZMQ_H: Readonly<Record<string, number>> = {
  PAIR: 0,
  PUB: 1,
  SUB: 2,
  REQ: 3,
  REP: 4,
  DEALER: 5,
  XREQ: 5,
  ROUTER: 6,
  XREP: 6,
  PULL: 7,
  PUSH: 8,
  XPUB: 9,
  XSUB: 10,
  STREAM: 11,
  POLLIN: 1,
  POLLOUT: 2,
  POLLERR: 4,
  SNDMORE: 2,
  IO_THREADS: 1,
  MAX_SOCKETS: 2,
  AFFINITY: 4,
  IDENTITY: 5,
  SUBSCRIBE: 6,
  UNSUBSCRIBE: 7,
  RATE: 8,
  RECOVERY_IVL: 9,
  SNDBUF: 11,
  RCVBUF: 12,
  RCVMORE: 13,
  FD: 14,
  EVENTS: 15,
  TYPE: 16,
  LINGER: 17,
  RECONNECT_IVL: 18,
  BACKLOG: 19,
  RECONNECT_IVL_MAX: 21,
  MAXMSGSIZE: 22,
  SNDHWM: 23,
  RCVHWM: 24,
  MULTICAST_HOPS: 25,
  RCVTIMEO: 27,
  SNDTIMEO: 28,
  IPV4ONLY: 31,
  LAST_ENDPOINT: 32,
  ROUTER_MANDATORY: 33,
  TCP_KEEPALIVE: 34,
  TCP_KEEPALIVE_CNT: 35,
  TCP_KEEPALIVE_IDLE: 36,
  TCP_KEEPALIVE_INTVL: 37,
  TCP_ACCEPT_FILTER: 38,
  DELAY_ATTACH_ON_CONNECT: 39,
  XPUB_VERBOSE: 40,
  ROUTER_RAW: 41,
  IPV6: 42,
  MECHANISM: 43,
  PLAIN_SERVER: 44,
  PLAIN_USERNAME: 45,
  PLAIN_PASSWORD: 46,
  CURVE_SERVER: 47,
  CURVE_PUBLICKEY: 48,
  CURVE_SECRETKEY: 49,
  CURVE_SERVERKEY: 50,
  ZAP_DOMAIN: 55,
  ROUTER_HANDOVER: 56,
  HEARTBEAT_IVL: 75,
  HEARTBEAT_TTL: 76,
  HEARTBEAT_TIMEOUT: 77,
  CONNECT_TIMEOUT: 79,
}

/** Constants that zmq.h does not define. */
const OTHERS: Readonly<Record<string, number>> = {
  STATE_READY: 0,
  STATE_BUSY: 1,
  STATE_CLOSED: 2,
  ZMQ_CAN_MONITOR: 1,
  ZMQ_CAN_DISCONNECT: 1,
  ZMQ_CAN_UNBIND: 1,
  ZMQ_CAN_SET_CTX: 1,
  // The former name of ZMQ_RECOVERY_IVL.
  ZMQ_RECOVERY_IVL_MSEC: 9,
}

describe("the constants of zeromq.js 5", () => {
  it("have the numbers of zmq.h", () => {
    const expected = Object.fromEntries(Object.entries(ZMQ_H).map(([name, number]) => [`ZMQ_${name}`, number]))
    expect({ ...constants }).to.deep.equal({ ...expected, ...OTHERS })
  })
})
