// This program is one node of a dqlite cluster with SpectraDB in each connection.
// usage: node ID ADDRESS DIRECTORY MODULE
// It runs until SIGTERM, or until the program ends that started it. The first node of a cluster has the ID 1;
// others wait until a client adds them.
#include <dlfcn.h>
#include <dqlite.h>
#include <signal.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/prctl.h>

// dqlite opens connections by itself and lets nobody load an extension into them.
static int load_into_all_connections(const char* module) {
  void* library = dlopen(module, RTLD_NOW | RTLD_LOCAL);
  if (library == NULL) {
    fprintf(stderr, "%s\n", dlerror());
    return 0;
  }
  void (*entry)(void) = (void (*)(void))dlsym(library, "sqlite3_spectradb_init");
  if (entry == NULL || sqlite3_auto_extension(entry) != SQLITE_OK) {
    fprintf(stderr, "'%s' is no SpectraDB\n", module);
    return 0;
  }
  return 1;
}

int main(int count, char** arguments) {
  if (count != 5) {
    fprintf(stderr, "usage: node ID ADDRESS DIRECTORY MODULE\n");
    return 2;
  }
  const char* address = arguments[2];
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  // The signal is blocked before dqlite starts its thread, which so leaves it to this one.
  sigset_t end;
  sigemptyset(&end);
  sigaddset(&end, SIGTERM);
  sigprocmask(SIG_BLOCK, &end, NULL);
  signal(SIGPIPE, SIG_IGN);
  if (!load_into_all_connections(arguments[4])) return 1;

  dqlite_node* node = NULL;
  int failed = dqlite_node_create(strtoull(arguments[1], NULL, 10), address, arguments[3], &node);
  if (!failed) failed = dqlite_node_set_bind_address(node, address);
  // Elections begin after 15 times this latency without a word of the leader.
  if (!failed) failed = dqlite_node_set_network_latency_ms(node, 200);
  // A node that was away for more than 16 commits gets the whole database.
  if (!failed) failed = dqlite_node_set_snapshot_params(node, 16, 16);
  if (!failed) failed = dqlite_node_start(node);
  if (failed) {
    fprintf(stderr, "the node does not start: %s\n", node == NULL ? "no memory" : dqlite_node_errmsg(node));
    return 1;
  }
  int signal_number = 0;
  sigwait(&end, &signal_number);
  failed = dqlite_node_stop(node);
  dqlite_node_destroy(node);
  return failed ? 1 : 0;
}
