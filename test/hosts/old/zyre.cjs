const ZreMsg = require("zyre.js/lib/zre_msg")
const ZyrePeer = require("zyre.js/lib/zyre_peer")
const zmq = require("zeromq")

// Zyre peers do this after they have discovered each other. The discovery is left out, because machines without a
// network cannot send beacons.
const router = zmq.socket("router")
router.bindSync("tcp://127.0.0.1:*")
const originID = Buffer.alloc(16, 1)
const peer = new ZyrePeer({ identity: "02".repeat(16), originID })
router.on("message", (id, bytes) => {
  console.log(id.length, ZreMsg.read(bytes).cmd === ZreMsg.HELLO ? "hello" : "other")
  peer.disconnect()
  router.close()
})
peer.setEndpoint ? peer.setEndpoint(router.last_endpoint) : (peer._endpoint = router.last_endpoint)
peer.connect(new ZreMsg(ZreMsg.HELLO, { endpoint: "tcp://127.0.0.1:1", groups: [], status: 0, name: "a", headers: {} }))
peer.send(new ZreMsg(ZreMsg.HELLO, { endpoint: "tcp://127.0.0.1:1", groups: [], status: 0, name: "a", headers: {} }))
