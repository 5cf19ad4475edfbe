/**
 * For tests of programs that use sockets: networks that fail on demand.
 *
 * @module zmtp/testing
 */

export { FaultProxy, type FaultProxyOptions, type Faults } from "./testing/fault-proxy.js"
