// The commands of `chancery-audit watch`, which is a program of its own so that what verifies holds
// no network code.
#ifndef CHANCERY_AUDIT_WATCH_COMMANDS_H_
#define CHANCERY_AUDIT_WATCH_COMMANDS_H_

namespace chancery::watch {

// Runs the command line and returns the exit code.
int RunCommandLine(int argc, char** argv);

}  // namespace chancery::watch

#endif  // CHANCERY_AUDIT_WATCH_COMMANDS_H_
