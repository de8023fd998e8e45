// The command line of chancery-ministry: nouns, verbs, data on stdout, messages on stderr.
//
// Exit codes (design section 13): 0 yes · 1 verified and false · 2 usage or configuration · 3 local
// file or key · 4 refused by the other side or inadmissible · 5 unavailable.
#ifndef CHANCERY_SERVER_COMMANDS_H_
#define CHANCERY_SERVER_COMMANDS_H_

namespace chancery::server {

// Runs the command and returns the exit code. Lets no exception out.
int RunCommandLine(int argc, char** argv);

}  // namespace chancery::server

#endif  // CHANCERY_SERVER_COMMANDS_H_
