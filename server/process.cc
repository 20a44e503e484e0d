#include "server/process.h"
#include <cstdlib>
namespace ebb {
std::optional<int> LoadConfiguration(ConfigStore& config, int argc, char** argv) { for (int i = 1; i + 1 < argc; ++i) if (std::string(argv[i]) == "--port") config.config.port = atoi(argv[i + 1]); return {}; }
bool PrepareProcess(ConfigStore&) { return true; }
void AnnounceReady(const Config&) {}
void FinishProcess(const Config&) {}
}
