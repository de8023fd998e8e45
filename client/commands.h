// The commands of chancery-state.
#ifndef CHANCERY_CLIENT_COMMANDS_H_
#define CHANCERY_CLIENT_COMMANDS_H_

namespace chancery::client {

// Runs what the command line says; the answer is the exit code (docs/operations.md).
int RunCommandLine(int argc, char** argv);

}  // namespace chancery::client

#endif  // CHANCERY_CLIENT_COMMANDS_H_
