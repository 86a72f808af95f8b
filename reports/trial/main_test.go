package trial

import (
	"os"
	"testing"

	"github.com/mongotls/mongotls/reports/internal/browser"
)

func TestMain(m *testing.M) { os.Exit(browser.Main(m)) }
