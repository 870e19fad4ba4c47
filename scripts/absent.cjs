// Stands in the bundles for what dockerode requires and the workbench never calls: an SSH client (with native code;
// ssh:// goes through the system's ssh) and a reader of BuildKit's messages.
const absent = new Proxy(function () {}, {
  get: () => absent,
  apply: refuse,
  construct: refuse,
});

function refuse() {
  throw new Error('This part of dockerode is not in the bundle.');
}

module.exports = absent;
