/* FreeRTOS_IP.h - see FreeRTOS.h of this folder. */
#include "FreeRTOS.h"
