// Stands in the bundles for what dockerode requires and the workbench never calls: its own SSH client (native code;
// ssh:// goes through the system's ssh) and sessions with BuildKit over gRPC.
const absent = new Proxy(function () {}, {
  get: () => absent,
  apply: refuse,
  construct: refuse,
});

function refuse() {
  throw new Error('This part of dockerode is not in the bundle.');
}

module.exports = absent;
