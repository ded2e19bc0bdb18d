/* FreeRTOS_IP_Private.h - see FreeRTOS.h of this folder. */
#include "FreeRTOS.h"
