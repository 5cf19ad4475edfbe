/**
 * For tests of programs that use sockets: networks that fail on demand, and what every transport is held to.
 *
 * @module zmtp/testing
 */

export { FaultProxy, type FaultProxyOptions, type Faults } from "./testing/fault-proxy.js"
export { transportCompliance, type ComplianceCase, type ComplianceOptions } from "./testing/compliance/compliance.js"
export type { SocketClasses } from "./testing/compliance/world.js"
